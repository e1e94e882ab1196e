/**
 * Writes events where the user sees them: one JSON object a line, or one short line for a person.
 * Owns the wording of these lines; decides nothing.
 */
import type { Clock } from '../transport/clock.js';
import type { ErrorCode } from '../transport/errors.js';
import type { MeetEvent } from './event-schema.js';
import type { TextOut } from './io.js';
import { lineOut, lossWords } from './line-out.js';
import { printable } from './printable.js';

export type EventWriter = (event: MeetEvent) => void;

export function jsonEvents(out: TextOut, clock: Clock): EventWriter {
  const line = ({ event: name, ...data }: MeetEvent): string => {
    const at = new Date(clock.wallUs() / 1000).toISOString();
    return `${JSON.stringify({ event: name, at, ...data })}\n`;
  };
  const lines = lineOut(out, (lost) => line(lostEvent(lost)));
  return (event) => {
    lines.write(line(event));
  };
}

/** Of events that nobody read. */
export function lostEvent(lost: number): MeetEvent & { event: 'error' } {
  const message = `${lost} events were left out, since nobody read them in time; read faster`;
  return { event: 'error', code: 'MEET_SLOW_PEER', message };
}

const ANY_ADDRESS: readonly string[] = ['::', '0.0.0.0'];

/** Lines for people who run a daemon. Faults of peers are in the log. */
export function serveLines(out: TextOut): EventWriter {
  const lines = lineOut(out, lossWords);
  return (event) => {
    if (event.event !== 'ready') {
      writeLine(lines, event.event === 'error' ? undefined : plainLine(event));
      return;
    }
    const { host, ports, recording, fingerprint } = event;
    const { screen, video, audio } = ports;
    const where = ANY_ADDRESS.includes(host) ? 'all addresses' : host;
    writeLine(lines, `listening on ${where}: screen ${screen}, video ${video}, audio ${audio}`);
    if (fingerprint !== undefined) writeLine(lines, `the daemon's key is ${fingerprint}`);
    writeLine(lines, recording === undefined ? 'recording nothing' : `recording into ${recording}`);
  };
}

/**
 * Lines for people who share; what went wrong goes to stderr. An outage is told once, not with each
 * attempt of each stream: a service's log would fill up with them.
 */
export function shareLines(out: TextOut, err: TextOut, host: string): EventWriter {
  let told: ErrorCode | undefined;
  return (event) => {
    if (event.event === 'ready') told = undefined;
    if (event.event === 'error') {
      const where = event.kind === undefined ? '' : `${event.kind}: `;
      if (event.kind !== undefined) writeLine(err, `${where}${event.message} (${event.code})`);
    } else if (event.event === 'ready') {
      writeLine(out, `sharing as ${event.name ?? ''} with ${host}, room ${event.room ?? ''}`);
    } else if (event.event === 'waiting') {
      if (event.code !== told) writeLine(err, plainLine(event));
      told = event.code;
    } else if (event.event !== 'stream' || event.state === 'on' || event.by === 'host')
      writeLine(out, plainLine(event));
  };
}

function writeLine(out: TextOut, line: string | undefined): void {
  if (line !== undefined) out.write(`${printable(line)}\n`);
}

function plainLine(event: MeetEvent): string | undefined {
  switch (event.event) {
    case 'joined':
      return `${event.name} joined ${event.room}${joinedMarks(event)}`;
    case 'left':
      return `${event.name} left ${event.room}: ${event.reason}`;
    case 'stream':
      return streamLine(event);
    case 'chat':
      return `${event.name}: ${event.text}`;
    case 'hand':
      return `${event.name} ${event.up ? 'raised a hand' : 'took the hand down'}`;
    case 'recording':
      return `recording ${event.state}: ${event.path}${event.message === undefined ? '' : ` (${event.message})`}`;
    case 'waiting':
      return waitingWords(event);
    case 'admitted':
      return event.by === undefined
        ? `let in as ${event.name} (${event.role})`
        : `${event.name} was let in (${event.role}) by ${event.by}`;
    case 'stats':
      return statsLine(event.streams);
    case 'ready':
    case 'error':
    case 'end':
      return undefined;
  }
}

function streamLine(event: MeetEvent & { event: 'stream' }): string {
  const { name, kind, state, by, backend, reason } = event;
  const who = name === undefined ? '' : `${name} `;
  // The error before it says what brings it back.
  if (state === 'sent-away') return `${who}${kind} sent away by the host`;
  const source = backend === undefined ? '' : ` (${sourceWords(event)})`;
  // A reason says by whom it is.
  const why = reason === undefined ? (by === 'host' ? ', by the host' : '') : `: ${reason}`;
  return `${who}${kind} ${state}${source}${why}`;
}

function joinedMarks({ address, origin, plaintext }: MeetEvent & { event: 'joined' }): string {
  const from = address === undefined ? '' : ` from ${address}`;
  if (origin === 'older') return `${from} (older client, plaintext)`;
  return plaintext ? `${from} (plaintext)` : from;
}

/** Of a share that can't reach its daemon, or has to be let in; of a daemon at which somebody waits. */
function waitingWords(event: MeetEvent & { event: 'waiting' }): string | undefined {
  const { name, address, state, fingerprint, message } = event;
  if (name === undefined && state === undefined) return `${message ?? ''}; trying until it answers`;
  const key = fingerprint === undefined ? '' : `; its key is ${fingerprint}`;
  if (name === undefined) {
    const own = fingerprint === undefined ? '' : `; this key is ${fingerprint}`;
    return `${message ?? 'waiting'}: meet ctl admit, or a in the dashboard${own}`;
  }
  if (state === 'ended') return `${name} from ${address ?? ''} waits no more`;
  const plain = event.plaintext === true ? ' (plaintext)' : '';
  return `${name} from ${address ?? ''} waits to be let in${plain}: meet ctl admit "${name}"${key}`;
}

/** `ffmpeg-x11grab :99`; a source that is its own backend is named once: `test`. */
export function sourceWords(source: {
  readonly backend?: string | undefined;
  readonly device?: string | undefined;
}): string {
  const words = new Set([source.backend, source.device].filter((word) => word !== undefined));
  return [...words].join(' ');
}

type Rows = (MeetEvent & { event: 'stats' })['streams'];

/** `alice screen 10.0 fps 812 kB/s, audio 50.0 fps 192 kB/s | bob …`; nothing for no stream. */
export function statsLine(rows: Rows): string | undefined {
  if (rows.length === 0) return undefined;
  // By number: two rooms may have a participant of one name each.
  const people = new Map<number | undefined, string[]>();
  for (const row of rows) {
    const parts = people.get(row.participant);
    if (parts === undefined) {
      people.set(row.participant, [`${row.name ?? ''} ${streamPart(row)}`.trim()]);
    } else parts.push(streamPart(row));
  }
  return [...people.values()].map((parts) => parts.join(', ')).join(' | ');
}

function streamPart(row: Rows[number]): string {
  if (row.state !== 'on') return `${row.kind} ${row.state.replace('-', ' ')}`;
  const rate = `${(row.framesPerSecond ?? 0).toFixed(1)} fps`;
  const bytes = `${Math.round((row.bytesPerSecond ?? 0) / 1000)} kB/s`;
  const missing = (row.lost ?? 0) + (row.dropped ?? 0);
  return `${row.kind} ${rate} ${bytes}${missing === 0 ? '' : ` ${missing} lost`}`;
}
