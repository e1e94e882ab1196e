/**
 * Where an invite comes from: a file, standard input, the arguments, the environment or systemd's
 * credentials. Owns the finding and the warning; whether it is good the daemon says.
 */
import { join } from 'node:path';

import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { Invite } from '../transport/invite-url.js';
import { looksLikeInvite, parseInvite } from '../transport/invite-url.js';
import type { Io } from './io.js';
import type { OptionTable, OptionValues } from './option-table.js';
import { resolveOptions } from './option-table.js';
import { printable } from './printable.js';
import { readPrivateFile, readPrivateInput } from './private-file.js';
import { CLIENT_SECURITY_OPTIONS } from './security-options.js';

/** A URL and a line break; more is something else. */
const MOST_BYTES = 4096;
/** Of a path in words. */
const SHOWN_UNITS = 200;

/** systemd.exec(5), "LoadCredential": the name of ours. */
const CREDENTIAL = 'meet-invite';

export interface Invited<Table extends OptionTable> {
  readonly options: OptionValues<Table>;
  readonly invite: Invite | undefined;
}

/**
 * Options with an invite's host, ports and room where they are not given otherwise. Throws
 * MEET_INVITE_MALFORMED and what `resolveOptions` throws.
 */
export async function resolveInvited<Table extends OptionTable>(
  io: Io,
  table: Table,
  flags: Readonly<Record<string, unknown>>,
): Promise<Invited<Table>> {
  const invite = await findInvite(io, flags);
  if (invite === undefined)
    return { options: resolveOptions(table, { flags, env: io.env }), invite };
  const { host, ports, room } = invite;
  const { screen, video, audio } = ports;
  const values = { host, ports: [screen, video, audio], ...(room === undefined ? {} : { room }) };
  const file = { path: 'the invite', values };
  return { options: resolveOptions(table, { flags, env: io.env, file }), invite };
}

async function findInvite(
  io: Io,
  flags: Readonly<Record<string, unknown>>,
): Promise<Invite | undefined> {
  const { invite } = resolveOptions(
    { invite: CLIENT_SECURITY_OPTIONS.invite },
    { flags, env: io.env },
  );
  if (invite === undefined) return credential(io);
  if (invite === '-') return parseInvite(await readStdin(io));
  if (!looksLikeInvite(invite)) return parseInvite(await readFile(invite, io));
  if (flags['invite'] !== undefined) {
    io.stderr.write(
      'the invite stands in the arguments, where every user of this machine can read it; better: --invite FILE, or --invite - and standard input\n',
    );
  }
  return parseInvite(invite);
}

/** A service's, by LoadCredential=meet-invite:…; undefined where there is none. */
function credential(io: Io): Invite | undefined {
  const folder = io.env['CREDENTIALS_DIRECTORY'];
  if (folder === undefined || folder === '') return undefined;
  const path = join(folder, CREDENTIAL);
  try {
    return parseInvite(readPrivateFile(path, MOST_BYTES).text);
  } catch (thrown) {
    if (systemErrorCode(thrown) === 'ENOENT') return undefined;
    throw thrown instanceof MeetError ? thrown : unreadable(path, thrown);
  }
}

async function readFile(path: string, io: Io): Promise<string> {
  try {
    const { text, readable } = await readPrivateInput(path, MOST_BYTES, io.ending);
    if (readable !== undefined) {
      const shown = path.slice(0, SHOWN_UNITS);
      io.stderr.write(`${printable(`the invite in ${shown} is a secret; ${readable}`)}\n`);
    }
    return text;
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): MeetError {
  const why = systemErrorCode(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  const shown = path.slice(0, SHOWN_UNITS);
  return new MeetError('MEET_USAGE', `the invite in ${shown} cannot be read (${why})`, { cause });
}

/** Its first line that is not blank: whoever types it does not end the input. */
async function readStdin(io: Io): Promise<string> {
  let text = '';
  for await (const chunk of io.stdin) {
    text = `${text}${String(chunk)}`.trimStart();
    if (text.length > MOST_BYTES || text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
