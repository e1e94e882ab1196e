/**
 * Control records: small JSON objects that both sides exchange beside the media. Owns their schemas
 * and their encoding; acts on none of them.
 *
 * Each record is described field by field in meet-protocol(7). Unknown fields are ignored; a record
 * of unknown type is answered with an `error` and leaves the connection open.
 */
import { z } from 'zod';

import type { AdmissionRecord, InviteRecord, Waiting } from './admission-records.js';
import {
  ROLES,
  admission,
  challenge,
  credentials,
  invite,
  proof,
  waiting,
} from './admission-records.js';
import type { ErrorCode } from './errors.js';
import { MeetError } from './errors.js';
import type { GameRecord, Play } from './play-control.js';
import { game, play } from './play-control.js';
import { RECORD_CONTROL, RECORD_HEADER_BYTES, encodeRecordHeader } from './record-header.js';
import {
  kind,
  participant,
  roster,
  rosterEntry,
  streamFormatSchema,
  text,
  timeUs,
} from './roster-records.js';
import type { Roster } from './roster-records.js';

const sequence = z.int().min(0).max(0xffff_ffff);
const delayMs = z.int().min(0).max(3_600_000);

/** Ties the connections of one participant together: chosen by the client, 8 to 64 characters. */
const session = z.string().regex(/^[\w-]{8,64}$/);

/** Whose streams of a port's kind a subscriber wants. */
const selection = z.union([z.literal('all'), z.array(participant).max(1024)]);

const hello = z.object({
  type: z.literal('hello'),
  versions: z.array(z.int()).min(1).max(32),
  role: z.enum(['publish', 'subscribe']),
  name: text,
  room: text.optional(),
  session,
  /** What the stream will be, where it is known already; else a `format` record comes later. */
  format: streamFormatSchema.optional(),
  /** The number of the first frame that was not yet put on any connection of this session. */
  nextSequence: sequence.optional(),
  /** Whether this side acknowledges media that it receives. */
  acks: z.boolean().optional(),
  /** From a subscriber: as in `select`, so that nothing is sent, or captured, that it does not want. */
  participants: selection.optional(),
  /** From a subscriber: it shows `game` records to somebody who can answer them. */
  plays: z.boolean().optional(),
  software: text.optional(),
  credentials: credentials.optional(),
  /** From a subscriber: this session publishes, too, on other connections. */
  publishes: z.boolean().optional(),
});

const welcome = z.object({
  type: z.literal('welcome'),
  version: z.int(),
  participant: z.int().min(1).max(0xffff_ffff),
  name: text,
  room: text,
  roster: z.array(rosterEntry),
  /** Not all participants fit into this record: `roster` records follow for a subscriber. */
  more: z.boolean().optional(),
  limits: z.object({ payloadBytes: z.int().min(1), controlBytes: z.int().min(1) }),
  pingMs: delayMs.optional(),
  acks: z.boolean().optional(),
  software: text.optional(),
  role: z.enum(ROLES).optional(),
});

const refused = z.object({
  type: z.literal('refused'),
  code: text,
  message: text,
  versions: z.array(z.int()).optional(),
  retryAfterMs: delayMs.optional(),
});

const error = z.object({ type: z.literal('error'), code: text, message: text });

const format = z.object({ type: z.literal('format'), format: streamFormatSchema });

const stream = z.object({
  type: z.literal('stream'),
  state: z.enum(['on', 'off', 'stalled']),
  /** Why it is off or stalled, for people. */
  reason: text.optional(),
});

/** From a subscriber, `source` says whose stream. */
const ack = z.object({ type: z.literal('ack'), sequence, source: participant.optional() });

/** From a subscriber: whose streams of this port's kind it wants. All of its room by default. */
const select = z.object({
  type: z.literal('select'),
  participants: selection,
});

/** To a publisher: whether anybody watches or records this stream; if not, capture nothing. */
const want = z.object({ type: z.literal('want'), wanted: z.boolean() });

/** To a publisher: the host has stopped this stream, or lets it go on. */
const held = z.object({ type: z.literal('held'), held: z.boolean(), atUs: timeUs });

export const TOGGLE_ACTIONS = ['stop', 'start', 'mute', 'unmute', 'kick'] as const;

/** A request with an `id` of the asker's; answered with `done`. From a host, or a share's own user. */
const toggle = z.object({
  type: z.literal('toggle'),
  id: z.int().min(0),
  action: z.enum(TOGGLE_ACTIONS),
  /** Name or number of the participant; left out for a share's own streams. */
  target: text.optional(),
  kind: kind.optional(),
});

const done = z.object({
  type: z.literal('done'),
  id: z.int().min(0),
  ok: z.boolean(),
  code: text.optional(),
  message: text.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

const chat = z.object({
  type: z.literal('chat'),
  text: z.string().max(4000),
  /** Set by the daemon. */
  participant: participant.optional(),
  name: text.optional(),
  atUs: timeUs.optional(),
});

const hand = z.object({ type: z.literal('hand'), up: z.boolean() });

/** On a control socket: asks for the state, for events from now on, or for a newest picture. */
const query = z.object({
  type: z.literal('query'),
  id: z.int().min(0),
  what: z.enum(['status', 'events', 'snapshot', 'waiting', 'admitted', 'invites']),
  target: text.optional(),
  kind: kind.optional(),
});

/** On a control socket: one event, as `--json` writes it. */
const event = z.object({ type: z.literal('event'), event: z.record(z.string(), z.unknown()) });

const ping = z.object({ type: z.literal('ping'), id: z.int().min(0), sentAtUs: timeUs });

const pong = z.object({
  type: z.literal('pong'),
  id: z.int().min(0),
  /** The ping's `sentAtUs`, as it came. */
  sentAtUs: timeUs,
  receivedAtUs: timeUs,
  answeredAtUs: timeUs,
});

const bye = z.object({
  type: z.literal('bye'),
  reason: text,
  /** From a daemon that ends: how long to wait before coming back. */
  retryAfterMs: delayMs.optional(),
});

/** Every record of version 1 by its type. The man page has a field table for each; a test compares. */
export const CONTROL_SCHEMAS = {
  hello,
  challenge,
  proof,
  waiting,
  welcome,
  refused,
  error,
  format,
  stream,
  ack,
  roster,
  select,
  want,
  held,
  toggle,
  done,
  chat,
  hand,
  play,
  game,
  admission,
  invite,
  query,
  event,
  ping,
  pong,
  bye,
} as const;

export type { Roster, RosterEntry, RosterStream } from './roster-records.js';

export type ControlType = keyof typeof CONTROL_SCHEMAS;
export type Hello = z.infer<typeof hello>;
export type Welcome = z.infer<typeof welcome>;
export type Refused = z.infer<typeof refused>;
export type Toggle = z.infer<typeof toggle>;
export type ToggleAction = Toggle['action'];
export type Done = z.infer<typeof done>;
export type Chat = z.infer<typeof chat>;
export type Query = z.infer<typeof query>;
export type Pong = z.infer<typeof pong>;
export type ControlRecord =
  | Hello
  | z.infer<typeof challenge>
  | z.infer<typeof proof>
  | Waiting
  | Welcome
  | Refused
  | z.infer<typeof error>
  | z.infer<typeof format>
  | z.infer<typeof stream>
  | z.infer<typeof ack>
  | Roster
  | z.infer<typeof select>
  | z.infer<typeof want>
  | z.infer<typeof held>
  | Toggle
  | Done
  | Chat
  | z.infer<typeof hand>
  | Play
  | GameRecord
  | AdmissionRecord
  | InviteRecord
  | Query
  | z.infer<typeof event>
  | z.infer<typeof ping>
  | z.infer<typeof pong>
  | z.infer<typeof bye>;

const anyRecord = z.discriminatedUnion('type', [
  hello,
  challenge,
  proof,
  waiting,
  welcome,
  refused,
  error,
  format,
  stream,
  ack,
  roster,
  select,
  want,
  held,
  toggle,
  done,
  chat,
  hand,
  play,
  game,
  admission,
  invite,
  query,
  event,
  ping,
  pong,
  bye,
]);
const LONGEST_TYPE = 64;
const decoder = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a control record's payload.
 * Throws MEET_CONTROL_UNKNOWN for a type that version 1 does not have, MEET_CONTROL_INVALID for
 * anything that is not UTF-8, not JSON or not as the type's schema says.
 */
export function parseControl(payload: Uint8Array): ControlRecord {
  const value = parseJson(payload);
  const type = typeOf(value);
  // Before it is held against all there are, which costs the most where none is right.
  if (type !== undefined && !Object.hasOwn(CONTROL_SCHEMAS, type)) {
    throw peerFault(
      'MEET_CONTROL_UNKNOWN',
      `control record of type ${quote(type)} is not known, version 1 has: ${Object.keys(CONTROL_SCHEMAS).join(', ')}`,
    );
  }
  const result = anyRecord.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue === undefined ? '' : issue.path.join('.');
  throw peerFault(
    'MEET_CONTROL_INVALID',
    `control record ${type === undefined ? '' : quote(type)} is not valid${where === '' ? '' : ` at ${quote(where)}`}: ${issue?.message ?? 'unknown fault'}`,
  );
}

/** Without a stack, which says nothing of a peer's fault and costs more than the rest. */
function peerFault(code: ErrorCode, words: string, options?: { cause: unknown }): MeetError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return new MeetError(code, words, options);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function typeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const { type } = value;
  return typeof type === 'string' && type.length <= LONGEST_TYPE ? type : undefined;
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(payload));
  } catch (cause) {
    throw peerFault(
      'MEET_CONTROL_INVALID',
      `control record of ${payload.length} bytes is not JSON in UTF-8`,
      { cause },
    );
  }
}

/** A whole record, header and JSON, ready for a socket. */
export function encodeControl(control: ControlRecord): Buffer {
  const json = Buffer.from(JSON.stringify(control), 'utf8');
  const record = Buffer.allocUnsafe(RECORD_HEADER_BYTES + json.length);
  encodeRecordHeader(
    {
      type: RECORD_CONTROL,
      codecNumber: 0,
      flags: 0,
      source: 0,
      sequence: 0,
      payloadBytes: json.length,
      capturedAtUs: 0,
      encodedAfterUs: 0,
      relayedAfterUs: 0,
    },
    record,
  );
  json.copy(record, RECORD_HEADER_BYTES);
  return record;
}

function quote(value: string): string {
  return JSON.stringify(value.slice(0, 64));
}
