/**
 * The ways of showing a picture in a terminal: their names, the words for people, and which comes
 * after which. Owns these tables; asks no terminal and encodes nothing.
 */

/** In the order in which the `v` key goes through them. */
export const PICTURE_MODES = [
  'auto',
  'sextant',
  'quadrant',
  'half',
  'braille',
  'sixel',
  'kitty',
  'iterm2',
  'none',
] as const;

/** What `--picture` takes; `auto` is the best that the terminal can. */
export type PictureMode = (typeof PICTURE_MODES)[number];

/** A mode that has an encoder; `none` shows no picture at all. */
export type EncoderMode = Exclude<PictureMode, 'auto' | 'none'>;

/** Colours that a terminal shows; `none` is black and white, by wish (NO_COLOR) or by nature. */
export type ColourDepth = 'truecolour' | '256' | '16' | '8' | 'none';

/** One line for people about each mode. */
export const PICTURE_MODE_WORDS: Readonly<Record<PictureMode, string>> = {
  auto: 'the best that this terminal can',
  sextant: 'blocks of 2x3, needs a font with Unicode 13',
  quadrant: 'blocks of 2x2',
  half: 'half blocks, works everywhere',
  braille: 'dots of 2x4, two colours a cell',
  sixel: 'pixels: xterm, foot, mlterm, WezTerm and others',
  kitty: 'pixels: kitty, Ghostty and others',
  iterm2: 'pixels as JPEG: iTerm2, WezTerm and others',
  none: 'no pictures',
};

/** Whether `text` names a mode. */
export function isPictureMode(text: string): text is PictureMode {
  return PICTURE_MODES.some((mode) => mode === text);
}

/** The mode after `mode` among those that the terminal can; wraps around. */
export function nextPictureMode(mode: PictureMode, able: readonly EncoderMode[]): PictureMode {
  const choices = PICTURE_MODES.filter(
    (other) => other === 'auto' || other === 'none' || able.includes(other),
  );
  return choices[(choices.indexOf(mode) + 1) % choices.length] ?? 'auto';
}
