/**
 * What `meet play --json` writes: the schema of every event. Owns the contract with scripts;
 * meet-play(1) repeats it, a test compares.
 */
import { z } from 'zod';

import { ERROR_CODES } from '../../transport/errors.js';

const at = z.iso.datetime();
const count = z.int().min(1);
const square = z.int().min(0).max(2);
const mark = z.enum(['X', 'O']);
const code = z.enum(Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES]);
const winner = z.enum(['X', 'O', 'tie']);

export const PLAY_EVENT_SCHEMAS = {
  /** Nobody sits opposite yet. */
  waiting: z.object({
    event: z.literal('waiting'),
    at,
    message: z.string(),
    port: z.int().min(0).optional(),
  }),
  /** A game begins. */
  game: z.object({
    event: z.literal('game'),
    at,
    game: count,
    you: mark,
    opponent: z.string(),
  }),
  move: z.object({
    event: z.literal('move'),
    at,
    game: count,
    move: z.int().min(1).max(9),
    mark,
    by: z.enum(['self', 'opponent']),
    row: square,
    column: square,
    board: z.string(),
  }),
  /** A game ended by its rules. */
  result: z.object({
    event: z.literal('result'),
    at,
    game: count,
    winner,
    you: z.enum(['won', 'lost', 'tie']),
  }),
  /** An own line was refused, or the game has failed. */
  error: z.object({ event: z.literal('error'), at, code, message: z.string() }),
  /** The last one. */
  end: z.object({
    event: z.literal('end'),
    at,
    exitCode: z.int().min(0),
    reason: z.string(),
    winner: winner.optional(),
  }),
} as const;

export type PlayEventName = keyof typeof PLAY_EVENT_SCHEMAS;

/** An event as it is made; the time is added when it is written. */
export type PlayEvent = {
  [Name in PlayEventName]: Omit<z.infer<(typeof PLAY_EVENT_SCHEMAS)[Name]>, 'at'>;
}[PlayEventName];
