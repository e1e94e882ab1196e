/**
 * The control records of a game between two participants. Owns their schemas; the rules are those of
 * src/game, and the daemon's.
 */
import { z } from 'zod';

const text = z.string().max(10_000);
const participant = z.int().min(1).max(0xffff_ffff);
const square = z.int().min(0).max(2);
const move = z.object({ row: square, column: square });

export const PLAY_ACTIONS = ['offer', 'accept', 'decline', 'move', 'revenge', 'leave'] as const;

/** From a subscriber that plays: what it wants of its table; answered with `done`. */
export const play = z.object({
  type: z.literal('play'),
  id: z.int().min(0),
  action: z.enum(PLAY_ACTIONS),
  /** offer: name or number of whom. */
  target: text.optional(),
  /** move: the square. */
  row: square.optional(),
  column: square.optional(),
});

/** To a subscriber that plays: the table at which it sits, whole, after each change. */
export const game = z.object({
  type: z.literal('game'),
  /** Number of the table in the daemon's life. */
  table: z.int().min(1),
  /** Number of the game at this table; a revenge is the next one. */
  number: z.int().min(1),
  state: z.enum(['offered', 'playing', 'over', 'closed']),
  offeredBy: z.enum(['self', 'opponent']),
  /** The opponent. */
  participant,
  name: text,
  away: z.boolean(),
  /** This player's. X moves first. */
  mark: z.enum(['X', 'O']),
  moves: z.array(move).max(9),
  revenge: z.enum(['none', 'self', 'opponent']),
  /** Why it is closed. */
  reason: text.optional(),
  code: text.optional(),
});

export type Play = z.infer<typeof play>;
export type GameRecord = z.infer<typeof game>;
