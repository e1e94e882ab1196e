/**
 * Options as tables: one row gives an option's flags, its name in the environment and in a
 * configuration file, its parser, default and help. Owns how rows become typed values: flags win
 * over the environment, that over the file, that over the default.
 */
import { Option } from 'commander';
import type { Command } from 'commander';

import { MeetError } from '../transport/errors.js';
import type { Parser } from './values.js';
import { ValueError } from './values.js';

/** Of a value that is not valid; a file may hold a long one. */
const SHOWN_CHARS = 200;

export interface OptionRow<T> {
  /** As commander writes them: `--fps <N>`, `--record [DIR]`. */
  readonly flags: string;
  /** The flag that says no, where there is one: `--no-record`. */
  readonly negation?: string;
  readonly help: string;
  readonly parse: Parser<T>;
  readonly default: T;
  /** May be given several times. */
  readonly repeated?: boolean;
  /** False for what makes no sense in the environment or in a file (`--config`). */
  readonly flagOnly?: boolean;
}

export type OptionTable = Readonly<Record<string, OptionRow<unknown>>>;

export type OptionValues<Table extends OptionTable> = {
  readonly [Key in keyof Table]: Table[Key] extends OptionRow<infer T> ? T : never;
};

/** Where raw values come from, strongest first. */
export interface OptionSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file?: { readonly path: string; readonly values: Readonly<Record<string, unknown>> };
}

/** A row, with its type kept. */
export function option<T>(row: OptionRow<T>): OptionRow<T> {
  return row;
}

/** `videoFps` as `video-fps`: the name of a flag and in a file. */
export function kebabName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `videoFps` as `MEET_VIDEO_FPS`. */
export function envName(key: string): string {
  return `MEET_${kebabName(key).replaceAll('-', '_').toUpperCase()}`;
}

export function addOptions(command: Command, table: OptionTable): void {
  for (const row of Object.values(table)) {
    const added = new Option(row.flags, row.help);
    if (row.repeated === true) {
      added.argParser((value: string, before: unknown) => [
        ...(Array.isArray(before) ? (before as unknown[]) : []),
        value,
      ]);
    }
    command.addOption(added);
    // Without the default in parentheses, which is the row's and not its negation's.
    const negated = `without ${row.help.replace(/ \(.*\)$/, '')}`;
    if (row.negation !== undefined) command.addOption(new Option(row.negation, negated));
  }
}

/** What was given as flags, without commander's own defaults. */
export function givenFlags(command: Command): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(command.optsWithGlobals()).filter(
      ([key]) => command.getOptionValueSourceWithGlobals(key) === 'cli',
    ),
  );
}

/** Throws MEET_USAGE for a bad flag, MEET_CONFIG for a bad variable or a bad line of a file. */
export function resolveOptions<Table extends OptionTable>(
  table: Table,
  sources: OptionSources,
): OptionValues<Table> {
  const entries = Object.entries(table).map(([key, row]) => [key, resolveRow(key, row, sources)]);
  return Object.freeze(Object.fromEntries(entries)) as OptionValues<Table>;
}

function resolveRow(key: string, row: OptionRow<unknown>, sources: OptionSources): unknown {
  const { flags, env, file } = sources;
  const name = kebabName(key);
  if (flags[key] !== undefined) {
    return parse(row, flags[key], `--${name}`, 'MEET_USAGE');
  }
  if (row.flagOnly === true) return row.default;
  const variable = envName(key);
  if (env[variable] !== undefined && env[variable] !== '') {
    return parse(row, env[variable], variable, 'MEET_CONFIG');
  }
  if (file?.values[name] !== undefined) {
    return parse(row, file.values[name], `${file.path}: ${name}`, 'MEET_CONFIG');
  }
  return row.default;
}

function parse(
  row: OptionRow<unknown>,
  raw: unknown,
  where: string,
  code: 'MEET_USAGE' | 'MEET_CONFIG',
): unknown {
  try {
    return row.parse(raw);
  } catch (thrown) {
    if (!(thrown instanceof ValueError)) throw thrown;
    const given =
      row.repeated === true && Array.isArray(raw) ? raw.map(quoted).join(', ') : quoted(raw);
    const words = `${where} is ${given}, expected ${thrown.expected}`;
    throw new MeetError(code, words, { cause: thrown });
  }
}

function quoted(raw: unknown): string {
  return JSON.stringify(raw).slice(0, SHOWN_CHARS);
}
