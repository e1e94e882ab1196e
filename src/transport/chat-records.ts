/**
 * Control records of what participants say to each other without sound. Owns their schemas; control.ts
 * has them among all others.
 */
import { z } from 'zod';

import { participant, text, timeUs } from './roster-records.js';

export const chat = z.object({
  type: z.literal('chat'),
  text: z.string().max(4000),
  /** Set by the daemon. */
  participant: participant.optional(),
  name: text.optional(),
  atUs: timeUs.optional(),
});

/** The sender raises its hand, or takes it down. */
export const hand = z.object({ type: z.literal('hand'), up: z.boolean() });

export type Chat = z.infer<typeof chat>;
