/**
 * What `meet rec play --json` writes: the schema of every event. Owns the contract with scripts;
 * meet-rec(1) repeats it, a test compares.
 */
import { z } from 'zod';
import { STREAM_KINDS } from '../../transport/stream-kind.js';

/** When it was, and how far into what is played. */
const moment = { at: z.iso.datetime(), seconds: z.number() };
const name = z.string();

export const RECORDING_EVENT_SCHEMAS = {
  joined: z.object({ event: z.literal('joined'), ...moment, name }),
  left: z.object({ event: z.literal('left'), ...moment, name }),
  stream: z.object({
    event: z.literal('stream'),
    ...moment,
    name,
    kind: z.enum(STREAM_KINDS),
    state: z.enum(['on', 'off', 'stalled']),
    by: z.enum(['self', 'host']),
  }),
  hand: z.object({ event: z.literal('hand'), ...moment, name, up: z.boolean() }),
  chat: z.object({ event: z.literal('chat'), ...moment, name, text: z.string() }),
  /** Something of the recording cannot be read. */
  notice: z.object({ event: z.literal('notice'), ...moment, message: z.string() }),
  /** The last one. */
  end: z.object({ event: z.literal('end'), ...moment, exitCode: z.int().min(0) }),
} as const;

export type RecordingEventName = keyof typeof RECORDING_EVENT_SCHEMAS;

/** An event as it is made; the moment is added when it is written. */
export type RecordingEvent = {
  [Name in RecordingEventName]: Omit<
    z.infer<(typeof RECORDING_EVENT_SCHEMAS)[Name]>,
    'at' | 'seconds'
  >;
}[RecordingEventName];
