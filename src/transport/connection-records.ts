/**
 * Control records of the connection itself: whether the other side lives and how far its clock is off,
 * what it did wrong, and the end. Owns their schemas; control.ts has them among all others.
 */
import { z } from 'zod';

import { text, timeUs } from './roster-records.js';

/** A time to wait, at most an hour. */
export const delayMs = z.int().min(0).max(3_600_000);

/** The sender of what it names stays connected. */
export const error = z.object({ type: z.literal('error'), code: text, message: text });

export const ping = z.object({ type: z.literal('ping'), id: z.int().min(0), sentAtUs: timeUs });

export const pong = z.object({
  type: z.literal('pong'),
  id: z.int().min(0),
  /** The ping's `sentAtUs`, as it came. */
  sentAtUs: timeUs,
  receivedAtUs: timeUs,
  answeredAtUs: timeUs,
});

export const bye = z.object({
  type: z.literal('bye'),
  reason: text,
  /** From a daemon that ends: how long to wait before coming back. */
  retryAfterMs: delayMs.optional(),
});

export type Pong = z.infer<typeof pong>;
