/**
 * `meet invite`: makes an invite of this machine's daemon, lists and revokes them. Owns the URL and how
 * it is shown; the daemon keeps the invites.
 */
import { networkInterfaces } from 'node:os';
import { z } from 'zod';

import { MeetError } from '../transport/errors.js';
import { formatInvite, looksLikeInvite, parseInvite } from '../transport/invite-url.js';
import { didYouMean } from '../transport/near-word.js';
import { isUnicodeLocale } from '../tui/terminal/locale.js';
import { INVITE_OPTIONS } from './client-options.js';
import type { InviteOptions } from './client-options.js';
import type { Data } from './answer.js';
import type { ControlClient } from './control-client.js';
import { openDaemonControl } from './control-client.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { resolveOptions } from './option-table.js';
import { printable } from './printable.js';
import { qrLines } from './qr-lines.js';

const ACTIONS = ['ls', 'revoke'] as const;
const ANY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

const port = z.int();
const made = z.object({
  id: z.string(),
  token: z.string(),
  pin: z.string(),
  host: z.string(),
  ports: z.object({ screen: port, video: port, audio: port }),
  expiresAt: z.string(),
});
const listed = z.object({
  id: z.string(),
  role: z.string(),
  room: z.string().optional(),
  once: z.boolean(),
  used: z.boolean(),
  state: z.string(),
  madeAt: z.string(),
  expiresAt: z.string(),
});

export async function inviteCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const options = resolveOptions(INVITE_OPTIONS, { flags, env: io.env });
  const [word, id] = words;
  const action = ACTIONS.find((each) => each === word);
  if (word !== undefined && action === undefined) {
    const hint = didYouMean(word, ACTIONS);
    throw usage(`"${word}" is not ls or revoke${hint}; without it an invite is made`);
  }
  const client = await openDaemonControl(io, options.ports.screen);
  try {
    if (action === undefined) await create(io, client, options);
    else if (action === 'ls') await list(io, client, options);
    else await revoke(io, client, id, options);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** The URL alone on stdout, for pipes; the rest is for people, on stderr. */
async function create(io: Io, client: ControlClient, options: InviteOptions): Promise<void> {
  const { role, room, once, expires, qr, json } = options;
  const data = await client.ask({
    type: 'invite',
    action: 'create',
    role,
    once,
    expiresMs: Math.max(1, Math.round(expires * 1000)),
    ...(room === undefined ? {} : { room }),
  });
  const { token, pin, host, ports, expiresAt, id } = made.parse(data);
  const url = formatInvite({ host: options.host ?? reachableHost(host), ports, room, token, pin });
  if (json) {
    io.stdout.write(`${JSON.stringify({ url, id, role, room, once, expiresAt })}\n`);
    return;
  }
  if (qr) await showQr(io, url);
  io.stdout.write(`${url}\n`);
  if (io.stderr.isTTY === true) {
    io.stderr.write(
      `invite ${id}, ${role}, until ${expiresAt}; whoever has it may come in: meet join 'URL' (in quotes). Take it back: meet invite revoke ${id}\n`,
    );
  }
}

/** Colours are for terminals; one that is too narrow would break its lines. */
async function showQr({ stdout, stderr, env }: Io, url: string): Promise<void> {
  const isTerminal = stdout.isTTY === true;
  const { text, columns } = await qrLines(url, {
    colors: isTerminal && (env['NO_COLOR'] ?? '') === '',
    blocks: isUnicodeLocale(env),
  });
  const width = stdout.columns ?? Infinity;
  if (!isTerminal || width >= columns) stdout.write(text);
  else {
    stderr.write(
      `the QR code takes ${columns} columns, this terminal has ${width}: widen it and make another invite\n`,
    );
  }
}

async function list(io: Io, client: ControlClient, { json }: InviteOptions): Promise<void> {
  const data = await client.ask({ type: 'query', what: 'invites' });
  if (json) {
    io.stdout.write(`${JSON.stringify(data)}\n`);
    return;
  }
  const rows = z.array(listed).parse(data['invites']);
  if (rows.length === 0) io.stdout.write('there is no invite\n');
  for (const { id, role, room, once, used, state, expiresAt } of rows) {
    const marks = [
      role,
      room === undefined ? undefined : `room ${room}`,
      once ? `for one${used ? ', used' : ''}` : undefined,
      state === 'good' ? `until ${expiresAt}` : state,
    ].filter((mark) => mark !== undefined);
    io.stdout.write(`${printable(`${id}: ${marks.join(', ')}`)}\n`);
  }
}

async function revoke(
  io: Io,
  client: ControlClient,
  id: string | undefined,
  { json }: InviteOptions,
): Promise<void> {
  if (id === undefined) throw usage('which one? meet invite revoke ID (all: meet invite ls)');
  // Whoever has the URL at hand need not look its id up.
  const target = looksLikeInvite(id) ? parseInvite(id).token.split('.', 1).join('') : id;
  const data: Data = await client.ask({ type: 'invite', action: 'revoke', target });
  if (json) io.stdout.write(`${JSON.stringify({ ok: true, ...data })}\n`);
  else
    io.stdout.write(`invite ${printable(target)} is revoked; whoever was here by it is put out\n`);
}

/** An address at which others may reach a daemon that listens on all of them. */
function reachableHost(host: string): string {
  if (!ANY_ADDRESS.includes(host)) return host;
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const outside = all.filter(({ internal }) => !internal);
  const first = outside.find(({ family }) => family === 'IPv4') ?? outside[0];
  return first?.address ?? '127.0.0.1';
}

function usage(words: string): MeetError {
  return new MeetError('MEET_USAGE', words);
}
