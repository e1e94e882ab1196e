/**
 * Control records of the handshake: what a client says of itself first, and what it is answered. Owns
 * their schemas; control.ts has them among all others.
 */
import { z } from 'zod';

import { ROLES, credentials } from './admission-records.js';
import { delayMs } from './connection-records.js';
import { rosterEntry, streamFormatSchema, text } from './roster-records.js';
import { selection, sequence } from './stream-records.js';

/** Ties the connections of one participant together: chosen by the client, 8 to 64 characters. */
const session = z.string().regex(/^[\w-]{8,64}$/);

export const hello = z.object({
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

/** It is let in. */
export const welcome = z.object({
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

/** It is not, or no longer, let in; the last record of its connection. */
export const refused = z.object({
  type: z.literal('refused'),
  code: text,
  message: text,
  versions: z.array(z.int()).optional(),
  retryAfterMs: delayMs.optional(),
});

export type Hello = z.infer<typeof hello>;
export type Welcome = z.infer<typeof welcome>;
export type Refused = z.infer<typeof refused>;
