/**
 * Reads a configuration file: TOML, or JSON where its name ends in .json. Owns finding what is wrong
 * with the file as a whole; each value is checked by its option's own parser.
 */
import { z } from 'zod';
import { TomlError, parse as parseToml } from 'smol-toml';

import { MeetError, systemErrorCode } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import { readBoundedText } from './bounded-read.js';
import type { OptionTable } from './option-table.js';
import { kebabName } from './option-table.js';

/** A configuration is a screen of text; a larger file is something else. */
const MOST_BYTES = 1024 * 1024;

/** By the system's code; others speak for themselves. */
const UNREADABLE: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not read it',
};

const table = z.record(z.string(), z.unknown());

export interface ConfigFile {
  readonly path: string;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Rejects with MEET_CONFIG when the file can't be read, is neither TOML nor JSON, or has a key that is not
 * an option; the nearest known one is named. The signal ends the waiting for a pipe.
 */
export async function readConfigFile(
  path: string,
  options: OptionTable,
  signal: AbortSignal,
): Promise<ConfigFile> {
  return parseConfig(path, await readText(path, signal), options);
}

/** As `readConfigFile`, of a text that was read already; `path` is for the words and the kind. */
export function parseConfig(path: string, text: string, options: OptionTable): ConfigFile {
  const values = parseText(path, text);
  const known = Object.entries(options)
    .filter(([, row]) => row.flagOnly !== true)
    .map(([key]) => kebabName(key));
  for (const key of Object.keys(values)) {
    if (known.includes(key)) continue;
    throw new MeetError(
      'MEET_CONFIG',
      `${path}: there is no option "${key.slice(0, 64)}"${didYouMean(key, known)}; known are: ${known.join(', ')}`,
    );
  }
  return { path, values };
}

/** Pipes and devices are taken too. */
async function readText(path: string, signal: AbortSignal): Promise<string> {
  try {
    return await readBoundedText(path, MOST_BYTES, signal);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    const why = UNREADABLE[systemErrorCode(cause) ?? ''] ?? said;
    throw new MeetError('MEET_CONFIG', `${path} cannot be read: ${why}`, { cause });
  }
}

function parseText(path: string, text: string): Record<string, unknown> {
  const json = path.endsWith('.json');
  try {
    return table.parse(json ? JSON.parse(text) : parseToml(text));
  } catch (cause) {
    const words = parseFault(cause);
    throw new MeetError('MEET_CONFIG', `${path} is not ${json ? 'JSON' : 'TOML'}: ${words}`, {
      cause,
    });
  }
}

/** On one line: smol-toml draws the place over several. */
function parseFault(cause: unknown): string {
  if (cause instanceof z.ZodError) return 'expected one object';
  if (!(cause instanceof TomlError)) return cause instanceof Error ? cause.message : String(cause);
  const [words = ''] = cause.message.split('\n');
  return `line ${cause.line}, column ${cause.column}: ${words.replace(/^Invalid TOML document: /, '')}`;
}
