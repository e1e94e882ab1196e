import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Sweep } from '../../src/daemon/sweep.js';
import { systemClock } from '../../src/transport/clock.js';

/** A machine on which each look at the clock is 0.04 ms after the last. */
function slowClock(): typeof systemClock {
  let nowMs = 0;
  return { ...systemClock, now: () => (nowMs += 0.04) };
}

/** Lets as many turns of the event loop pass as it needs. */
async function turnsUntil(isOver: () => boolean): Promise<number> {
  let turns = 0;
  for (; !isOver(); turns += 1) await nextTurn();
  return turns;
}

it('lets the event loop turn between a few visits, and comes to all', async () => {
  const seen: number[] = [];
  const sweep = new Sweep<number>(slowClock(), (item) => seen.push(item));
  sweep.begin(Array.from({ length: 30 }, (_, index) => index));
  expect(seen).toHaveLength(3);
  expect(await turnsUntil(() => seen.length === 30)).toBeGreaterThanOrEqual(9);
  expect(seen).toEqual([...seen].sort((one, other) => one - other));
});

it('visits at once what takes no time', () => {
  const seen: number[] = [];
  const sweep = new Sweep<number>({ ...systemClock, now: () => 0 }, (item) => seen.push(item));
  sweep.begin([1, 2, 3]);
  expect(seen).toEqual([1, 2, 3]);
});

it('does not begin again before its end, and visits nobody who left', async () => {
  const guests = new Set(Array.from({ length: 12 }, (_, index) => index));
  const seen: number[] = [];
  const sweep = new Sweep<number>(slowClock(), (item) => seen.push(item));
  sweep.begin(guests.keys());
  guests.delete(11);
  sweep.begin(guests.keys());
  await turnsUntil(() => seen.includes(10));
  expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

it('visits nobody once it is stopped', async () => {
  const seen: number[] = [];
  const sweep = new Sweep<number>(slowClock(), (item) => seen.push(item));
  sweep.begin([1, 2, 3, 4, 5, 6]);
  sweep.stop();
  await nextTurn();
  await nextTurn();
  expect(seen).toEqual([1, 2, 3]);
});
