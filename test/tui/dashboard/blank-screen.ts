/**
 * A screen of 120x40 that shows nothing, for tests of what a dashboard keeps and asks for. Owns no
 * terminal.
 */
import type { Screen } from '../../../src/tui/terminal/screen.js';

export const BLANK_SCREEN: Screen = {
  columns: 120,
  rows: 40,
  able: ['half'],
  shownMode: 'half',
  pictureMode: 'auto',
  figures: {
    frames: 0,
    bytes: 0,
    picturesReplaced: 0,
    picturesBroken: 0,
    unacknowledged: 0,
    acknowledgedAfterMs: undefined,
  },
  onResize: () => () => undefined,
  showFrame: () => undefined,
  showPicture: () => undefined,
  clearPicture: () => undefined,
  clearPictures: () => undefined,
  showLevel: () => undefined,
  tileOf: () => undefined,
  close: () => Promise.resolve(),
  repaint: () => undefined,
};
