/**
 * The roster: who is there and which streams they have, as control records tell it. Owns these
 * schemas and the fields that other records share with them.
 */
import { z } from 'zod';

import { STREAM_KINDS } from './stream-kind.js';

export const text = z.string().max(10_000);
export const timeUs = z.int().min(0);
export const participant = z.int().min(1).max(0xffff_ffff);
export const kind = z.enum(STREAM_KINDS);

const pictureFormat = z.object({
  codec: z.literal('jpeg'),
  width: z.int().min(1).max(65_535),
  height: z.int().min(1).max(65_535),
  fps: z.number().min(0).max(1000),
});

const soundFormat = z.object({
  codec: z.literal('pcm-s16le'),
  sampleRateHz: z.int().min(8000).max(192_000),
  channels: z.int().min(1).max(2),
});

export const streamFormatSchema = z.discriminatedUnion('codec', [pictureFormat, soundFormat]);

/** One stream as everybody sees it. Off by itself and off by the host are two states. */
export const rosterStream = z.object({
  kind,
  self: z.enum(['on', 'off', 'stalled']),
  selfSinceUs: timeUs,
  host: z.enum(['on', 'off']),
  hostSinceUs: timeUs,
  /** The publisher's clock minus the daemon's. */
  clockOffsetUs: z.int(),
  reason: text.optional(),
  format: streamFormatSchema.optional(),
});

export const rosterEntry = z.object({
  participant,
  name: text,
  origin: z.enum(['native', 'older']),
  /** Its connections are lost; it may come back. */
  away: z.boolean(),
  watching: z.boolean(),
  hand: z.boolean(),
  /** True: what it sends and gets crosses a network unencrypted. */
  plaintext: z.boolean().optional(),
  /** Why one should look twice at the name: letters of several alphabets, or like another's. */
  caution: text.optional(),
  streams: z.array(rosterStream),
});

export const roster = z.object({
  type: z.literal('roster'),
  participants: z.array(rosterEntry),
  /** The next record goes on with this roster: it would be too long for one. */
  more: z.boolean().optional(),
});

export type Roster = z.infer<typeof roster>;
export type RosterStream = z.infer<typeof rosterStream>;
export type RosterEntry = z.infer<typeof rosterEntry>;
