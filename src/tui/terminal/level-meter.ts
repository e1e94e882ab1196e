/**
 * A level as a bar of cells, in eighths of a cell. Owns its characters and colours.
 */
import type { ColourDepth } from '../pictures/picture-mode.js';
import type { CellGrid } from './cell-grid.js';
import { ATTRIBUTE, DEFAULT_COLOUR, PALETTE, SPACE } from './cell-grid.js';
import type { MeterRun } from './tile-layout.js';

export interface Level {
  /** 0 to 1. */
  readonly level: number;
  readonly speaking: boolean;
}

/** U+2588 is the full block; the ones after it are an eighth narrower each. */
const FULL_BLOCK = 0x2588;
/** The Linux console's font has full and left half blocks only. */
const LEFT_HALF = 0x258c;
const GREEN = PALETTE + 2;
const YELLOW = PALETTE + 3;
const RED = PALETTE + 1;
/** From these parts of the bar on it is yellow, then red. */
const LOUD = 0.75;
const TOO_LOUD = 0.9;

/** Draws one meter; who doesn't speak has a dim one. */
export function drawMeter(grid: CellGrid, run: MeterRun, level: Level, depth: ColourDepth): void {
  const eighths = Math.round(Math.min(1, Math.max(0, level.level)) * run.columns * 8);
  const attributes = level.speaking ? ATTRIBUTE.bold : ATTRIBUTE.dim;
  for (let n = 0; n < run.columns; n += 1) {
    const part = Math.min(8, Math.max(0, eighths - n * 8));
    const code = blockFor(part, depth);
    grid.set(
      run.at + n,
      code,
      colourAt((n + 0.5) / run.columns, depth),
      DEFAULT_COLOUR,
      attributes,
    );
  }
}

function blockFor(eighths: number, depth: ColourDepth): number {
  if (eighths === 0) return SPACE;
  if (depth === '8') return eighths >= 6 ? FULL_BLOCK : eighths >= 3 ? LEFT_HALF : SPACE;
  return FULL_BLOCK + 8 - eighths;
}

function colourAt(place: number, depth: ColourDepth): number {
  if (depth === 'none') return DEFAULT_COLOUR;
  if (place >= TOO_LOUD) return RED;
  return place >= LOUD ? YELLOW : GREEN;
}
