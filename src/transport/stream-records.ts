/**
 * Control records of one stream: what it is, whether it is on, who wants it, what has arrived of it.
 * Owns their schemas; control.ts has them among all others.
 */
import { z } from 'zod';

import { participant, streamFormatSchema, text, timeUs } from './roster-records.js';

/** Number of a frame in its stream. */
export const sequence = z.int().min(0).max(0xffff_ffff);

/** Whose streams of a port's kind a subscriber wants. */
export const selection = z.union([z.literal('all'), z.array(participant).max(1024)]);

export const format = z.object({ type: z.literal('format'), format: streamFormatSchema });

export const stream = z.object({
  type: z.literal('stream'),
  state: z.enum(['on', 'off', 'stalled']),
  /** Why it is off or stalled, for people. */
  reason: text.optional(),
});

/** From a subscriber, `source` says whose stream. */
export const ack = z.object({ type: z.literal('ack'), sequence, source: participant.optional() });

/** From a subscriber: whose streams of this port's kind it wants. All of its room by default. */
export const select = z.object({ type: z.literal('select'), participants: selection });

/** To a publisher: whether anybody watches or records this stream; if not, capture nothing. */
export const want = z.object({ type: z.literal('want'), wanted: z.boolean() });

/** To a publisher: the host has stopped this stream, or lets it go on. */
export const held = z.object({ type: z.literal('held'), held: z.boolean(), atUs: timeUs });
