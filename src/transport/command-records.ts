/**
 * Control records of those who ask a daemon, or a running share, for something, and its answers. Owns
 * their schemas; control.ts has them among all others.
 */
import { z } from 'zod';

import { kind, text } from './roster-records.js';

export const TOGGLE_ACTIONS = ['stop', 'start', 'mute', 'unmute', 'kick'] as const;

/** A request with an `id` of the asker's; answered with `done`. From a host, or a share's own user. */
export const toggle = z.object({
  type: z.literal('toggle'),
  id: z.int().min(0),
  action: z.enum(TOGGLE_ACTIONS),
  /** Name or number of the participant; left out for a share's own streams. */
  target: text.optional(),
  kind: kind.optional(),
});

/** The answer to every request that has an `id`. */
export const done = z.object({
  type: z.literal('done'),
  id: z.int().min(0),
  ok: z.boolean(),
  code: text.optional(),
  message: text.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/** On a control socket: asks for the state, for events from now on, or for a newest picture. */
export const query = z.object({
  type: z.literal('query'),
  id: z.int().min(0),
  what: z.enum(['status', 'events', 'snapshot', 'waiting', 'admitted', 'invites']),
  target: text.optional(),
  kind: kind.optional(),
});

/** On a control socket: one event, as `--json` writes it. */
export const event = z.object({
  type: z.literal('event'),
  event: z.record(z.string(), z.unknown()),
});

export type Toggle = z.infer<typeof toggle>;
export type ToggleAction = Toggle['action'];
export type Done = z.infer<typeof done>;
export type Query = z.infer<typeof query>;
