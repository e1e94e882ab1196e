// @ts-check
/**
 * How a figure becomes a row: its ratio to the reference and whether the bound holds. Owns the
 * rounding and the words; measures nothing.
 */
import { round } from './median.mjs';

/** @typedef {import('../run.mjs').Row} Row */
/** @typedef {{ what: string, figure: number, reference: number, against: string, unit: string }} Parts */

/**
 * The figure is at most `factor` times its reference.
 *
 * @param {Parts} parts
 * @param {number} factor
 * @returns {Row}
 */
export function atMostRatio(parts, factor) {
  const ratio = parts.figure / parts.reference;
  return { ...shown(parts), bound: `<= ${factor} x`, holds: ratio <= factor };
}

/**
 * The figure is at least `factor` times its reference.
 *
 * @param {Parts} parts
 * @param {number} factor
 * @returns {Row}
 */
export function atLeastRatio(parts, factor) {
  const ratio = parts.figure / parts.reference;
  return { ...shown(parts), bound: `>= ${factor} x`, holds: ratio >= factor };
}

/**
 * The figure is at most `limit`, whatever its reference; that tells where the machine stands.
 *
 * @param {Parts} parts
 * @param {number} limit
 * @returns {Row}
 */
export function atMost(parts, limit) {
  const bound = `<= ${limit} ${parts.unit}`;
  return { ...shown(parts), bound, holds: parts.figure <= limit };
}

/**
 * The figure is its reference: nothing was lost.
 *
 * @param {Parts} parts
 * @returns {Row}
 */
export function equal(parts) {
  const bound = `= ${parts.reference} ${parts.unit}`;
  return { ...shown(parts), bound, holds: parts.figure === parts.reference };
}

/** @param {Parts} parts */
function shown(parts) {
  return {
    ...parts,
    figure: round(parts.figure),
    reference: round(parts.reference),
    ratio: round(parts.figure / parts.reference, 3),
  };
}
