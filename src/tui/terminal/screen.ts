/**
 * The screen as the dashboard uses it, and the characters by which Ink's layout says where pictures
 * and meters go. Owns the contract; terminal-screen.ts keeps it.
 *
 *   Ink ── showFrame(text with SGR) ──┐
 *   pictures ── showPicture(slot) ────┼─> one grid of cells ─> difference ─> terminal
 *   levels ── showLevel(meter) ───────┘
 *
 * A tile is a rectangle of cells that Ink fills with `pictureFill(slot)`; a meter is a run of
 * `meterFill(meter)`. What Ink draws over them (a dialog) hides them by itself. Text from others
 * must go through `safeText` before it becomes part of a frame.
 */
import type { EncoderMode, PictureMode } from '../pictures/picture-mode.js';
import type { CellRect } from '../pictures/picture-encoder.js';

/** Private-use characters: pictures from U+E000, meters from U+F000. */
export const PICTURE_CODE_FIRST = 0xe000;
export const METER_CODE_FIRST = 0xf000;
/** Slots 0 to 99 and meters 0 to 255 exist. */
export const PICTURE_SLOTS = 100;
export const METERS = 256;

/** The character that fills the cells of a picture's tile: one column wide. Slot: 0 to 99. */
export function pictureFill(slot: number): string {
  return String.fromCharCode(PICTURE_CODE_FIRST + slot);
}

/** The character that fills the cells of a level meter: one column wide. Meter: 0 to 255. */
export function meterFill(meter: number): string {
  return String.fromCharCode(METER_CODE_FIRST + meter);
}

/** Figures since the start. */
export interface ScreenFigures {
  /** Frames with a difference, sent to the terminal. */
  readonly frames: number;
  readonly bytes: number;
  /** Pictures that a newer one replaced before they were shown. */
  readonly picturesReplaced: number;
  /** Pictures that could not be decoded. */
  readonly picturesBroken: number;
  /** Frames sent that the terminal has not acknowledged; 0 where it acknowledges nothing. */
  readonly unacknowledged: number;
  /** Time from sending a frame to its acknowledgement, smoothed; undefined before the first. */
  readonly acknowledgedAfterMs: number | undefined;
}

export interface Screen {
  readonly columns: number;
  readonly rows: number;
  /** What the terminal can, best first; `v` goes through these (nextPictureMode). */
  readonly able: readonly EncoderMode[];
  /** As wished: may be `auto`. Setting it repaints. */
  pictureMode: PictureMode;
  /** What `auto` stands for now. */
  readonly shownMode: Exclude<PictureMode, 'auto'>;
  readonly figures: ScreenFigures;
  /** The whole interface: lines with SGR, as Ink's debug mode hands them out. Newest wins. */
  showFrame(text: string): void;
  /** The newest picture of a slot: a whole JPEG, kept until the next one. Not copied. */
  showPicture(slot: number, jpeg: Buffer): void;
  /** Forgets a slot's picture: its tile is blank. */
  clearPicture(slot: number): void;
  /** Forgets all pictures: another page. */
  clearPictures(): void;
  /** Level of a meter, 0 to 1 on a linear bar; speaking is drawn brighter. */
  showLevel(meter: number, level: number, speaking: boolean): void;
  /** The rectangle that a slot's tile has in the newest frame; undefined: none. */
  tileOf(slot: number): CellRect | undefined;
  /** Paints everything anew, as Ctrl-L does. */
  repaint(): void;
  /** Calls `listener` after the terminal changed its size; returns what stops it. */
  onResize(listener: (columns: number, rows: number) => void): () => void;
  /** Gives the terminal back as it was. Idempotent; resolves when all is written or given up. */
  close(): Promise<void>;
}
