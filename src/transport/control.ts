/**
 * Control records: small JSON objects that both sides exchange beside the media. Owns the table of all
 * of them, reading and writing them; acts on none. The schemas lie in one file a family: handshake,
 * admission, roster, stream, chat, play, command and connection records.
 *
 * Each record is described field by field in meet-protocol(7). Unknown fields are ignored; a record
 * of unknown type is answered with an `error` and leaves the connection open.
 */
import { z } from 'zod';

import type { AdmissionRecord, InviteRecord, Waiting } from './admission-records.js';
import { admission, challenge, invite, proof, waiting } from './admission-records.js';
import type { Chat } from './chat-records.js';
import { chat, hand } from './chat-records.js';
import type { Done, Query, Toggle } from './command-records.js';
import { done, event, query, toggle } from './command-records.js';
import type { Pong } from './connection-records.js';
import { bye, error, ping, pong } from './connection-records.js';
import type { ErrorCode } from './errors.js';
import { MeetError } from './errors.js';
import type { Hello, Refused, Welcome } from './handshake-records.js';
import { hello, refused, welcome } from './handshake-records.js';
import type { GameRecord, Play } from './play-control.js';
import { game, play } from './play-control.js';
import { RECORD_CONTROL, RECORD_HEADER_BYTES, encodeRecordHeader } from './record-header.js';
import type { Roster } from './roster-records.js';
import { roster } from './roster-records.js';
import { ack, format, held, select, stream, want } from './stream-records.js';

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

export type ControlType = keyof typeof CONTROL_SCHEMAS;
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
  | Pong
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
