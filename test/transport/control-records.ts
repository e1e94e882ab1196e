/**
 * Of every type of control record: some that are valid, and changes that make the first of them invalid.
 * Owns the table; tests read it.
 */
import type { ControlRecord, ControlType } from '../../src/transport/control.js';
import type { RosterEntry, RosterStream } from '../../src/transport/roster-records.js';
import { PLAY_RECORDS } from './play-records.js';
import { ADMISSION_RECORDS } from './admission-records.js';

const AT_US = 1_800_000_000_123_456;
const JPEG_FORMAT = { codec: 'jpeg', width: 1920, height: 1080, fps: 10 } as const;
const ROSTER_STREAM: RosterStream = {
  kind: 'screen',
  self: 'on',
  selfSinceUs: AT_US,
  host: 'on',
  hostSinceUs: AT_US,
  clockOffsetUs: 0,
};
const ROSTER_ENTRY: RosterEntry = {
  participant: 7,
  name: 'kiosk',
  origin: 'native',
  away: false,
  watching: false,
  hand: false,
  streams: [ROSTER_STREAM],
};
const SOUND_FORMAT = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 } as const;

/** By type; `invalid` are fields that make the first valid record invalid. */
export const CONTROL_RECORDS: Readonly<
  Record<ControlType, { valid: readonly ControlRecord[]; invalid: readonly object[] }>
> = {
  hello: {
    valid: [
      { type: 'hello', versions: [1], role: 'publish', name: 'kiosk', session: 'abcd-_12' },
      {
        type: 'hello',
        versions: [2, 1],
        role: 'subscribe',
        name: '',
        room: 'lab',
        session: 'x'.repeat(64),
        format: JPEG_FORMAT,
        nextSequence: 0xffff_ffff,
        acks: true,
        participants: [1, 0xffff_ffff],
        plays: true,
        software: 'stranger 2.0',
        credentials: { key: 'k'.repeat(43), signature: 's'.repeat(86), invite: 'id.secret' },
        publishes: true,
      },
    ],
    invalid: [
      { versions: [] },
      { versions: 1 },
      { versions: Array.from({ length: 33 }, (_, at) => at) },
      { versions: [1.5] },
      { role: 'listen' },
      { name: undefined },
      { name: 7 },
      { name: 'x'.repeat(10_001) },
      { session: 'short' },
      { session: 'x'.repeat(65) },
      { session: 'older:12' },
      { session: 'abcdefgh\n' },
      { nextSequence: -1 },
      { nextSequence: 2 ** 32 },
      { acks: 'yes' },
      { plays: 'yes' },
      { participants: [0] },
      { participants: 'some' },
      { credentials: 'secret' },
      { format: { codec: 'h264', width: 1, height: 1, fps: 1 } },
    ],
  },
  ...ADMISSION_RECORDS,
  welcome: {
    valid: [
      {
        type: 'welcome',
        version: 1,
        participant: 7,
        name: 'kiosk',
        room: 'main',
        roster: [ROSTER_ENTRY],
        more: true,
        limits: { payloadBytes: 16_777_216, controlBytes: 65_536 },
        pingMs: 10_000,
        acks: true,
        software: 'meet 0.1.0',
      },
    ],
    invalid: [
      { participant: 0 },
      { participant: 2 ** 32 },
      { roster: [{ participant: 1, name: 'x', streams: ['screen'] }] },
      { roster: undefined },
      { more: 1 },
      { limits: { payloadBytes: 0, controlBytes: 1 } },
      { limits: undefined },
      { pingMs: 3_600_001 },
    ],
  },
  refused: {
    valid: [
      {
        type: 'refused',
        code: 'MEET_VERSION',
        message: 'no',
        versions: [1],
        retryAfterMs: 1000,
      },
      { type: 'refused', code: 'MEET_OF_A_LATER_VERSION', message: '' },
    ],
    invalid: [{ code: 1 }, { message: undefined }, { retryAfterMs: -1 }, { versions: ['1'] }],
  },
  error: {
    valid: [{ type: 'error', code: 'MEET_CONTROL_UNKNOWN', message: 'what?' }],
    invalid: [{ code: undefined }, { message: null }],
  },
  format: {
    valid: [
      { type: 'format', format: JPEG_FORMAT },
      { type: 'format', format: { codec: 'jpeg', width: 65_535, height: 65_535, fps: 0.5 } },
      { type: 'format', format: SOUND_FORMAT },
    ],
    invalid: [
      { format: { ...JPEG_FORMAT, width: 0 } },
      { format: { ...JPEG_FORMAT, height: 65_536 } },
      { format: { ...JPEG_FORMAT, fps: 1001 } },
      { format: { ...JPEG_FORMAT, fps: undefined } },
      { format: { ...SOUND_FORMAT, sampleRateHz: 7999 } },
      { format: { ...SOUND_FORMAT, channels: 3 } },
      { format: { ...SOUND_FORMAT, channels: 0 } },
      { format: { codec: 'opus' } },
    ],
  },
  stream: {
    valid: [
      { type: 'stream', state: 'on' },
      { type: 'stream', state: 'off' },
      { type: 'stream', state: 'stalled', reason: 'unplugged' },
    ],
    invalid: [{ state: 'paused' }, { state: undefined }, { reason: 5 }],
  },
  ack: {
    valid: [
      { type: 'ack', sequence: 0 },
      { type: 'ack', sequence: 0xffff_ffff },
      { type: 'ack', sequence: 0, source: 7 },
    ],
    invalid: [
      { sequence: -1 },
      { sequence: 2 ** 32 },
      { sequence: 1.5 },
      { sequence: '1' },
      { source: 0 },
      { source: 2 ** 32 },
    ],
  },
  roster: {
    valid: [
      { type: 'roster', participants: [] },
      {
        type: 'roster',
        participants: [
          ROSTER_ENTRY,
          {
            ...ROSTER_ENTRY,
            origin: 'older',
            away: true,
            watching: true,
            hand: true,
            streams: [
              {
                ...ROSTER_STREAM,
                ...{ self: 'stalled', host: 'off', clockOffsetUs: -3_600_000_000 },
                ...{ reason: 'unplugged', format: JPEG_FORMAT },
              },
            ],
          },
        ],
        more: true,
      },
    ],
    invalid: [
      { participants: undefined },
      { participants: [{ ...ROSTER_ENTRY, participant: 0 }] },
      { participants: [{ ...ROSTER_ENTRY, origin: 'future' }] },
      { participants: [{ ...ROSTER_ENTRY, hand: undefined }] },
      { participants: [{ ...ROSTER_ENTRY, streams: [{ ...ROSTER_STREAM, kind: 'smell' }] }] },
      { participants: [{ ...ROSTER_ENTRY, streams: [{ ...ROSTER_STREAM, host: 'stalled' }] }] },
      { participants: [{ ...ROSTER_ENTRY, streams: [{ ...ROSTER_STREAM, clockOffsetUs: 0.5 }] }] },
      { more: 'yes' },
    ],
  },
  select: {
    valid: [
      { type: 'select', participants: 'all' },
      { type: 'select', participants: [] },
      { type: 'select', participants: [1, 0xffff_ffff] },
    ],
    invalid: [
      { participants: 'none' },
      { participants: [0] },
      { participants: ['1'] },
      { participants: Array.from({ length: 1025 }, (_, at) => at + 1) },
      { participants: undefined },
    ],
  },
  want: {
    valid: [
      { type: 'want', wanted: true },
      { type: 'want', wanted: false },
    ],
    invalid: [{ wanted: undefined }, { wanted: 1 }],
  },
  held: {
    valid: [{ type: 'held', held: true, atUs: AT_US }],
    invalid: [{ held: undefined }, { atUs: -1 }, { atUs: undefined }],
  },
  toggle: {
    valid: [
      { type: 'toggle', id: 0, action: 'mute' },
      { type: 'toggle', id: 1, action: 'stop', target: 'kiosk', kind: 'screen' },
      { type: 'toggle', id: 2, action: 'kick', target: '7' },
    ],
    invalid: [
      { id: -1 },
      { id: undefined },
      { action: 'ban' },
      { action: undefined },
      { kind: 'smell' },
      { target: 7 },
      { target: 'x'.repeat(10_001) },
    ],
  },
  done: {
    valid: [
      { type: 'done', id: 1, ok: true },
      { type: 'done', id: 1, ok: false, code: 'MEET_USAGE', message: 'nobody is called so' },
      { type: 'done', id: 1, ok: true, data: { changed: true, deep: { er: [1] } } },
    ],
    invalid: [{ id: 0.5 }, { ok: undefined }, { ok: 'yes' }, { data: [1] }, { message: 1 }],
  },
  chat: {
    valid: [
      { type: 'chat', text: 'hello' },
      { type: 'chat', text: '', participant: 7, name: 'kiosk', atUs: AT_US },
    ],
    invalid: [
      { text: undefined },
      { text: 'x'.repeat(4001) },
      { participant: 0 },
      { name: 7 },
      { atUs: 0.5 },
    ],
  },
  hand: {
    valid: [
      { type: 'hand', up: true },
      { type: 'hand', up: false },
    ],
    invalid: [{ up: undefined }, { up: 'high' }],
  },
  ...PLAY_RECORDS,
  query: {
    valid: [
      { type: 'query', id: 1, what: 'status' },
      { type: 'query', id: 2, what: 'snapshot', target: 'kiosk', kind: 'video' },
      { type: 'query', id: 3, what: 'events' },
    ],
    invalid: [{ id: undefined }, { what: 'everything' }, { what: undefined }, { kind: 'smell' }],
  },
  event: {
    valid: [{ type: 'event', event: { event: 'joined', at: '2026-11-23T00:00:00.000Z' } }],
    invalid: [{ event: undefined }, { event: 'joined' }, { event: [1] }],
  },
  ping: {
    valid: [{ type: 'ping', id: 1, sentAtUs: AT_US }],
    invalid: [{ id: -1 }, { sentAtUs: -1 }, { sentAtUs: 2 ** 53 }, { id: undefined }],
  },
  pong: {
    valid: [{ type: 'pong', id: 1, sentAtUs: 0, receivedAtUs: AT_US, answeredAtUs: AT_US }],
    invalid: [{ receivedAtUs: undefined }, { answeredAtUs: 0.5 }, { sentAtUs: '0' }],
  },
  bye: {
    valid: [
      { type: 'bye', reason: 'ended' },
      { type: 'bye', reason: '', retryAfterMs: 3_600_000 },
    ],
    invalid: [{ reason: undefined }, { retryAfterMs: 3_600_001 }, { retryAfterMs: 'soon' }],
  },
};
