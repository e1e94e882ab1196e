/**
 * `meet status`: who is there and what comes, once. Owns the form of the answer.
 */
import type { Invite } from '../transport/invite-url.js';
import { z } from 'zod';
import type { Data } from './answer.js';
import { STATUS_OPTIONS } from './client-options.js';
import type { StatusOptions } from './client-options.js';
import { openDaemonControl } from './control-client.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { printable } from './printable.js';
import { openVisitor } from './visitor.js';
import { waitingLine, waitingRow } from './waiting-row.js';

/** What is shown of a daemon's answer; the rest goes to `--json` as it is. */
const answer = z.object({
  participants: z.array(
    z.looseObject({
      participant: z.int(),
      name: z.string(),
      room: z.string().optional(),
      origin: z.string(),
      away: z.boolean(),
      watching: z.boolean(),
      hand: z.boolean(),
      plaintext: z.boolean().optional(),
      streams: z.array(
        z.looseObject({
          kind: z.string(),
          self: z.string(),
          host: z.string(),
          hostSinceUs: z.number(),
          selfSinceUs: z.number(),
        }),
      ),
    }),
  ),
  streams: z
    .array(
      z.object({
        participant: z.int(),
        kind: z.string(),
        framesPerSecond: z.number(),
        bytesPerSecond: z.number(),
        lost: z.number(),
        ageMs: z.object({ p50: z.number(), p95: z.number() }).optional(),
      }),
    )
    .optional(),
  waiting: z.array(waitingRow).optional(),
});

type Answer = z.infer<typeof answer>;

export async function statusCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, STATUS_OPTIONS, flags);
  const data =
    options.host === undefined
      ? await local(io, options)
      : await remote(io, { ...options, host: options.host }, invite);
  if (options.json) io.stdout.write(`${JSON.stringify(data)}\n`);
  else for (const line of statusLines(answer.parse(data))) io.stdout.write(`${printable(line)}\n`);
  return EXIT.ok;
}

async function local(io: Io, { ports }: StatusOptions): Promise<Data> {
  const client = await openDaemonControl(io, ports.screen);
  try {
    return await client.ask({ type: 'query', what: 'status' });
  } finally {
    await client.close();
  }
}

/** Over TCP a host is told what it is told here, others what their room shows; without this one. */
async function remote(
  io: Io,
  options: StatusOptions & { host: string },
  invite: Invite | undefined,
): Promise<Data> {
  const visitor = await openVisitor(io, options, invite, 'status');
  try {
    const { welcome, roster } = visitor.viewer;
    const isOther = ({ participant }: { participant: number }): boolean =>
      participant !== welcome?.participant;
    if (welcome?.role !== 'host') return { participants: roster.filter(isOther) };
    const data = await visitor.ask({ type: 'query', what: 'status' });
    return { ...data, participants: answer.parse(data).participants.filter(isOther) };
  } finally {
    await visitor.close();
  }
}

function statusLines({ participants, streams, waiting = [] }: Answer): string[] {
  const lines =
    participants.length === 0 ? ['nobody is here'] : participantLines(participants, streams);
  return [...lines, ...waiting.map(waitingLine)];
}

function participantLines(
  participants: Answer['participants'],
  streams: Answer['streams'],
): string[] {
  return participants.flatMap((person) => {
    const marks = [
      person.room,
      person.origin === 'older'
        ? 'older client, plaintext'
        : person.plaintext === true
          ? 'plaintext'
          : undefined,
      person.away ? 'away' : undefined,
      person.watching ? 'watching' : undefined,
      person.hand ? 'hand raised' : undefined,
    ].filter((mark) => mark !== undefined);
    const lines = person.streams.map((stream) => streamLine(stream, person, streams));
    const also = marks.length === 0 ? '' : `: ${marks.join(', ')}`;
    return [`${person.name} (${person.participant})${also}`, ...lines];
  });
}

function streamLine(
  { kind, self, host, hostSinceUs, selfSinceUs }: Answer['participants'][number]['streams'][number],
  { participant }: Answer['participants'][number],
  streams: Answer['streams'],
): string {
  const own = self === 'on' ? 'on' : `${self} since ${clockTime(selfSinceUs)}`;
  const held = host === 'off' ? `, stopped by the host since ${clockTime(hostSinceUs)}` : '';
  const row = streams?.find((each) => each.participant === participant && each.kind === kind);
  const figures =
    row === undefined
      ? ''
      : `  ${row.framesPerSecond.toFixed(1)} fps ${Math.round(row.bytesPerSecond / 1000)} kB/s, age ${row.ageMs?.p50 ?? 0}/${row.ageMs?.p95 ?? 0} ms, ${row.lost} lost`;
  return `  ${kind} ${own}${held}${figures}`;
}

function clockTime(atUs: number): string {
  return new Date(atUs / 1000).toTimeString().slice(0, 8);
}
