/**
 * What a terminal can, judged by its answers and the environment. Owns the ladder of picture modes;
 * asks nothing itself (probe.ts does).
 */
import type { PixelSize } from '../pictures/picture-encoder.js';
import type { ColourDepth, EncoderMode } from '../pictures/picture-mode.js';
import { isUnicodeLocale } from './locale.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What the terminal answered; what it passed over is undefined or false. */
export interface TerminalAnswers {
  /** XTVERSION: `XTerm(379)`, `kitty(0.36.4)`. */
  readonly version: string | undefined;
  /** Primary device attributes; 4 is sixel. Undefined: it answered nothing at all in time. */
  readonly attributes: readonly number[] | undefined;
  readonly acknowledges: boolean;
  readonly synchronized: boolean;
  readonly kitty: boolean;
  readonly kittySharedMemory: boolean;
  readonly iterm2: boolean;
  readonly trueColour: boolean;
  readonly cell: PixelSize | undefined;
  /** Whether two bytes of UTF-8 were one letter to it. */
  readonly utf8?: boolean | undefined;
}

/** What tmux says of the terminal around it. */
export interface TmuxClient {
  /** TERM of the terminal that tmux is attached to. */
  readonly termName: string;
  /** `RGB`, `sixel`, `256`, ... */
  readonly features: readonly string[];
  readonly passthrough: boolean;
}

export interface TerminalCapabilities {
  /** For people: XTVERSION, else TERM. */
  readonly name: string;
  readonly colours: ColourDepth;
  /** Size of a cell in pixels; 8x16 where the terminal didn't say. */
  readonly cell: PixelSize;
  /** Mode 2026: a frame is shown at once. */
  readonly synchronized: boolean;
  /** Reads UTF-8; else nothing but ASCII may be sent. */
  readonly utf8: boolean;
  /** Answers `CSI 5 n`. */
  readonly acknowledges: boolean;
  /** Picture modes that work here, best first. */
  readonly able: readonly EncoderMode[];
  readonly kittySharedMemory: boolean;
  /** Kitty's pictures go through tmux and stand in placeholder cells. */
  readonly kittyPlaceholders: boolean;
  readonly tmux: boolean;
  readonly linuxConsole: boolean;
  /** By SSH: bytes decide. */
  readonly remote: boolean;
}

/** What most terminals show; only the shape of pictures depends on it. */
const COMMON_CELL: PixelSize = { width: 8, height: 16 };
/** Cells beyond this are no answer to be trusted. */
const CELL_MAX_PIXELS = 256;

/** Terminals that draw sextants themselves or bring the font, by XTVERSION or TERM. */
const SEXTANT_TERMINALS = /kitty|ghostty|foot|wezterm|vte\(|iterm2|contour|konsole|mlterm/i;
const TRUE_COLOUR_TERMINALS =
  /kitty|ghostty|foot|wezterm|vte\(|iterm2|contour|konsole|alacritty|xterm\(|mintty|-direct/i;
const ITERM2_TERMINALS = /iterm2|wezterm|mintty/i;
const PLACEHOLDER_TERMINALS = /kitty|ghostty/i;

/** Judges all that is known. */
export function judgeTerminal(
  answers: TerminalAnswers,
  env: Environment,
  tmux: TmuxClient | undefined,
): TerminalCapabilities {
  const term = env.TERM ?? 'dumb';
  const inTmux = tmux !== undefined || /^tmux/i.test(answers.version ?? '');
  const names = `${answers.version ?? ''} ${tmux?.termName ?? term}`;
  const facts: Facts = {
    answers,
    names,
    colours: colourDepth(answers, env, names, tmux),
    linuxConsole: term === 'linux',
    remote: isSet(env.SSH_CONNECTION) || isSet(env.SSH_TTY),
    inTmux,
    placeholders: tmux?.passthrough === true && PLACEHOLDER_TERMINALS.test(tmux.termName),
    cellKnown: answers.cell !== undefined && isCell(answers.cell),
    utf8: answers.utf8 ?? isUnicodeLocale(env),
  };
  return {
    name: answers.version ?? term,
    colours: facts.colours,
    cell: answers.cell !== undefined && facts.cellKnown ? answers.cell : COMMON_CELL,
    synchronized: answers.synchronized,
    utf8: facts.utf8,
    acknowledges: answers.acknowledges,
    able: ladder(facts),
    kittySharedMemory: answers.kittySharedMemory && !facts.remote,
    kittyPlaceholders: facts.placeholders,
    tmux: inTmux,
    linuxConsole: facts.linuxConsole,
    remote: facts.remote,
  };
}

interface Facts {
  readonly answers: TerminalAnswers;
  readonly names: string;
  readonly colours: ColourDepth;
  readonly linuxConsole: boolean;
  readonly remote: boolean;
  readonly inTmux: boolean;
  readonly placeholders: boolean;
  readonly cellKnown: boolean;
  readonly utf8: boolean;
}

/** NO_COLOR comes first (no-color.org: present and not empty), then what is known for sure. */
function colourDepth(
  answers: TerminalAnswers,
  env: Environment,
  names: string,
  tmux: TmuxClient | undefined,
): ColourDepth {
  const term = env.TERM ?? 'dumb';
  if (isSet(env.NO_COLOR) || /^(dumb|vt\d+)$/.test(term)) return 'none';
  if (term === 'linux') return '8';
  if (tmux !== undefined) return tmux.features.includes('RGB') ? 'truecolour' : '256';
  if (/^(truecolor|24bit)$/i.test(env.COLORTERM ?? '') || answers.trueColour) return 'truecolour';
  if (TRUE_COLOUR_TERMINALS.test(`${names} ${term}`)) return 'truecolour';
  return /256/.test(term) ? '256' : '16';
}

/** Best first. By SSH bytes count: a JPEG and cells take a tenth of sixel's and kitty's. */
function ladder(facts: Facts): EncoderMode[] {
  const { answers, colours, remote, linuxConsole } = facts;
  if (linuxConsole) return ['half'];
  const cells = cellLadder(facts);
  const kitty: EncoderMode[] = answers.kitty || facts.placeholders ? ['kitty'] : [];
  const iterm2: EncoderMode[] =
    !facts.inTmux && (answers.iterm2 || ITERM2_TERMINALS.test(facts.names)) ? ['iterm2'] : [];
  const sixel: EncoderMode[] =
    answers.attributes?.slice(1).includes(4) === true && facts.cellKnown ? ['sixel'] : [];
  if (colours === 'none') return [...cells, ...iterm2, ...kitty, ...sixel];
  if (remote) return [...iterm2, ...cells, ...kitty, ...sixel];
  if (answers.kittySharedMemory) return [...kitty, ...iterm2, ...sixel, ...cells];
  return [...iterm2, ...kitty, ...sixel, ...cells];
}

function cellLadder({ colours, names, utf8 }: Facts): EncoderMode[] {
  if (!utf8) return ['half'];
  if (colours === 'none') return ['braille', 'quadrant', 'sextant', 'half'];
  if (colours === '16') return ['half', 'quadrant', 'sextant', 'braille'];
  return SEXTANT_TERMINALS.test(names)
    ? ['sextant', 'quadrant', 'half', 'braille']
    : ['quadrant', 'half', 'sextant', 'braille'];
}

function isCell({ width, height }: PixelSize): boolean {
  return width >= 1 && height >= 1 && width <= CELL_MAX_PIXELS && height <= CELL_MAX_PIXELS;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
