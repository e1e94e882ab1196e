/**
 * What `--json` writes: the schema of every event. Owns the contract with scripts; the programs'
 * events are typed by it, and tests validate each line against it.
 */
import { z } from 'zod';

import { ROLES } from '../transport/admission-records.js';
import { ERROR_CODES } from '../transport/errors.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';

const kind = z.enum(STREAM_KINDS);
const count = z.int().min(0);
const at = z.iso.datetime();
/** serve tells no `sent-away`: what was sent away is in the meeting no more. */
const streamState = z.enum(['on', 'off', 'stalled', 'sent-away']);
const code = z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]);
const portNumbers = z.object({ screen: count, video: count, audio: count });

const figures = z.object({
  frames: count,
  bytes: count,
  lost: count,
  dropped: count,
  unchanged: count,
  framesPerSecond: z.number(),
  bytesPerSecond: count,
  ageMs: z.object({ p50: z.number(), p95: z.number(), p99: z.number() }).optional(),
});

/** Of `meet serve`, by the stream's participant; of `meet share`, of its own streams. */
const streamRow = z.object({
  participant: count.optional(),
  name: z.string().optional(),
  room: z.string().optional(),
  kind,
  state: streamState,
  by: z.enum(['self', 'host']).optional(),
  connected: z.boolean().optional(),
  ...figures.partial().shape,
  unacknowledged: count.optional(),
});

const processFigures = z.object({
  connections: count,
  held: count,
  waiting: count,
  participants: count,
  rssBytes: count,
  away: count,
  halfReceivedBytes: count,
  unsentFrames: count,
  faults: z.partialRecord(code, count),
  loopDelayP99Ms: z.number(),
});

export const EVENT_SCHEMAS = {
  /**
   * serve: listening. share: connected, and at least one stream is live; again after each outage, when
   * all connections are back.
   */
  ready: z.object({
    event: z.literal('ready'),
    at,
    ports: portNumbers,
    host: z.string(),
    pid: count,
    recording: z.string().optional(),
    name: z.string().optional(),
    room: z.string().optional(),
    participant: count.optional(),
    fingerprint: z.string().optional(),
  }),
  /**
   * share: the daemon is not there (yet, or any more), with when it is tried again; or its host has to
   * let us in. serve: somebody waits to be let in, or does so no more.
   */
  waiting: z.object({
    event: z.literal('waiting'),
    at,
    kind: kind.optional(),
    code: code.optional(),
    message: z.string().optional(),
    retryInMs: count.optional(),
    fingerprint: z.string().optional(),
    state: z.enum(['begun', 'ended']).optional(),
    number: count.optional(),
    name: z.string().optional(),
    room: z.string().optional(),
    address: z.string().optional(),
    origin: z.enum(['native', 'older']).optional(),
    plaintext: z.boolean().optional(),
    since: z.string().optional(),
    caution: z.string().optional(),
  }),
  /** share: it was let in after it had waited. serve: the host has let somebody in. */
  admitted: z.object({
    event: z.literal('admitted'),
    at,
    name: z.string(),
    role: z.enum(ROLES),
    by: z.string().optional(),
    address: z.string().optional(),
    fingerprint: z.string().optional(),
  }),
  joined: z.object({
    event: z.literal('joined'),
    at,
    participant: count,
    name: z.string(),
    room: z.string(),
    origin: z.enum(['native', 'older']),
    address: z.string().optional(),
    plaintext: z.boolean(),
    fingerprint: z.string().optional(),
  }),
  left: z.object({
    event: z.literal('left'),
    at,
    participant: count,
    name: z.string(),
    room: z.string(),
    reason: z.string(),
  }),
  stream: z.object({
    event: z.literal('stream'),
    at,
    participant: count.optional(),
    name: z.string().optional(),
    room: z.string().optional(),
    kind,
    state: streamState,
    by: z.enum(['self', 'host']),
    reason: z.string().optional(),
    backend: z.string().optional(),
    device: z.string().optional(),
    format: z.record(z.string(), z.unknown()).optional(),
  }),
  /** serve: somebody said something; participant 0 is the host. */
  chat: z.object({
    event: z.literal('chat'),
    at,
    participant: count,
    name: z.string(),
    room: z.string().optional(),
    text: z.string(),
  }),
  /** serve: somebody has raised a hand, or taken it down. */
  hand: z.object({
    event: z.literal('hand'),
    at,
    participant: count,
    name: z.string(),
    room: z.string(),
    up: z.boolean(),
  }),
  stats: z.object({
    event: z.literal('stats'),
    at,
    streams: z.array(streamRow),
    process: processFigures.optional(),
  }),
  recording: z.object({
    event: z.literal('recording'),
    at,
    state: z.enum([
      'started',
      'segment',
      'stopped',
      'resumed',
      'ended',
      'slow',
      'suspect',
      'removed',
    ]),
    path: z.string(),
    code: code.optional(),
    message: z.string().optional(),
    written: count,
    dropped: count,
    writtenBytes: count,
  }),
  error: z.object({
    event: z.literal('error'),
    at,
    code,
    message: z.string(),
    address: z.string().optional(),
    kind: kind.optional(),
  }),
  /** The last one. */
  end: z.object({
    event: z.literal('end'),
    at,
    exitCode: count,
    reason: z.string(),
    streams: z.array(streamRow).optional(),
  }),
} as const;

/** Any one event. */
export const eventSchema = z.discriminatedUnion('event', [
  EVENT_SCHEMAS.ready,
  EVENT_SCHEMAS.waiting,
  EVENT_SCHEMAS.admitted,
  EVENT_SCHEMAS.joined,
  EVENT_SCHEMAS.left,
  EVENT_SCHEMAS.stream,
  EVENT_SCHEMAS.chat,
  EVENT_SCHEMAS.hand,
  EVENT_SCHEMAS.stats,
  EVENT_SCHEMAS.recording,
  EVENT_SCHEMAS.error,
  EVENT_SCHEMAS.end,
]);

export type EventName = keyof typeof EVENT_SCHEMAS;

/** An event as commands make it; the time is added when it is written. */
export type MeetEvent = {
  [Name in EventName]: Omit<z.infer<(typeof EVENT_SCHEMAS)[Name]>, 'at'>;
}[EventName];
