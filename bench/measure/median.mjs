// @ts-check
/**
 * Medians of alternated runs: A B A B …, so that a machine that slows down slows down both.
 * Owns the arithmetic; measures nothing itself.
 */

/**
 * @param {readonly number[]} values At least one.
 * @returns {number}
 */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/**
 * Runs two measurements in turn and keeps every value.
 *
 * @template A, B
 * @param {number} rounds
 * @param {() => Promise<A>} ours
 * @param {() => Promise<B>} reference
 * @returns {Promise<{ ours: A[], reference: B[] }>}
 */
export async function alternate(rounds, ours, reference) {
  /** @type {{ ours: A[], reference: B[] }} */
  const values = { ours: [], reference: [] };
  for (let round = 0; round < rounds; round += 1) {
    // The first of a pair may find a colder machine; let each be the first in turn.
    if (round % 2 === 0) values.reference.push(await reference());
    values.ours.push(await ours());
    if (round % 2 === 1) values.reference.push(await reference());
  }
  return values;
}

/**
 * @param {number} value
 * @param {number} digits After the point.
 */
export function round(value, digits = 2) {
  return Number(value.toFixed(digits));
}
