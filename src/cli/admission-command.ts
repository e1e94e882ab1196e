/**
 * `meet ctl waiting|admitted|admit|refuse|forget`: who may come in. Owns how its words are read and
 * answered; the daemon decides.
 */
import { z } from 'zod';

import type { AdmissionAction } from '../transport/admission-records.js';
import { ADMISSION_ACTIONS } from '../transport/admission-records.js';
import { MeetError } from '../transport/errors.js';
import type { Invite } from '../transport/invite-url.js';
import type { Data } from './answer.js';
import type { CtlOptions } from './client-options.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { HostAsker } from './host-asker.js';
import { openHost } from './host-asker.js';
import type { Io } from './io.js';
import { printable } from './printable.js';
import { waitingLine, waitingRow } from './waiting-row.js';

export const ADMISSION_WORDS = ['waiting', 'admitted', ...ADMISSION_ACTIONS] as const;
export type AdmissionWord = (typeof ADMISSION_WORDS)[number];

const admittedRow = z.object({
  name: z.string(),
  role: z.string(),
  since: z.string(),
  by: z.string(),
  fingerprint: z.string(),
});

/** Of a daemon that has no such list: none. */
const addressRow = z.object({ address: z.string(), role: z.string() });
const addresses = z.array(addressRow).default([]);

export async function admissionCommand(
  io: Io,
  word: AdmissionWord,
  others: readonly string[],
  options: CtlOptions,
  invite: Invite | undefined,
): Promise<ExitCode> {
  const target = readTarget(word, others);
  const client = await openHost(io, options, invite);
  try {
    if (word === 'waiting' || word === 'admitted') await list(io, client, word, options);
    else await act(io, client, word, target ?? '', options);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** One word, the name of somebody; a name with spaces that was left without quotes is several. */
function readTarget(word: AdmissionWord, [target, ...rest]: readonly string[]): string | undefined {
  if (word === 'waiting' || word === 'admitted') {
    if (target === undefined) return undefined;
    throw usage(`"${[target, ...rest].join(' ')}" is too much: meet ctl ${word} lists them all`);
  }
  if (target === undefined) {
    const which =
      word === 'forget' ? 'who is admitted: meet ctl admitted' : 'who waits: meet ctl waiting';
    throw usage(`whom? meet ctl ${word} NAME (${which})`);
  }
  if (rest.length === 0) return target;
  throw usage(
    `"${rest.join(' ')}" is too much; a name with spaces stands in quotes: meet ctl ${word} "${[target, ...rest].join(' ')}"`,
  );
}

function usage(words: string): MeetError {
  return new MeetError('MEET_USAGE', words);
}

async function list(
  io: Io,
  client: HostAsker,
  what: 'waiting' | 'admitted',
  { json }: CtlOptions,
): Promise<void> {
  const data = await client.ask({ type: 'query', what });
  if (json) {
    io.stdout.write(`${JSON.stringify(data)}\n`);
    return;
  }
  const lines =
    what === 'waiting'
      ? z.array(waitingRow).parse(data['waiting']).map(waitingLine)
      : admittedLines(data);
  const none = what === 'waiting' ? 'nobody waits' : 'nobody is admitted';
  for (const line of lines.length === 0 ? [none] : lines) io.stdout.write(`${printable(line)}\n`);
}

function admittedLines(data: Data): string[] {
  return [
    ...z
      .array(admittedRow)
      .parse(data['admitted'])
      .map((row) => `${row.name}: ${row.role} since ${row.since} by ${row.by}, ${row.fingerprint}`),
    ...addresses
      .parse(data['addresses'])
      .map((row) => `${row.address}: ${row.role}, older client, plaintext, until the daemon ends`),
  ];
}

async function act(
  io: Io,
  client: HostAsker,
  action: AdmissionAction,
  target: string,
  { json, role }: CtlOptions,
): Promise<void> {
  const data = await client.ask({
    type: 'admission',
    action,
    target,
    ...(action === 'admit' ? { role } : {}),
  });
  if (json) io.stdout.write(`${JSON.stringify({ ok: true, ...data })}\n`);
  else io.stdout.write(`${action} ${printable(target)}: done\n`);
}
