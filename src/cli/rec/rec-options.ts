/**
 * The options of `meet rec`. Owns the tables; meet-rec(1) repeats them, a test compares.
 */
import type { OptionValues } from '../option-table.js';
import { option } from '../option-table.js';
import { SERVE_OPTIONS } from '../serve-options.js';
import { flag, integer, oneOf, plain, size, text } from '../values.js';
import { WATCH_OPTIONS } from '../client-options.js';
import { recordingTime, texts } from './rec-values.js';
import { SPEEDS } from './recording-clock.js';

const dir = option({
  flags: '--dir <DIR>',
  help: 'where the recordings are (./recordings)',
  parse: text,
  default: 'recordings',
  flagOnly: true,
});

const json = option({
  flags: '--json',
  help: 'one JSON document on stdout',
  parse: flag,
  default: false,
  flagOnly: true,
});

export const REC_LS_OPTIONS = { dir, json } as const;

export const REC_VERIFY_OPTIONS = { dir, json } as const;

export const REC_RECOVER_OPTIONS = { dir, json } as const;

const from = option({
  flags: '--from <TIME>',
  help: 'begin there: 90, 5m, 1:30, or 2026-11-23T12:20Z',
  parse: recordingTime,
  default: undefined,
  flagOnly: true,
});

const to = option({
  flags: '--to <TIME>',
  help: 'end there',
  parse: recordingTime,
  default: undefined,
  flagOnly: true,
});

const participant = option<readonly string[]>({
  flags: '--participant <NAME>',
  help: 'only this one; may be repeated',
  parse: texts,
  default: [],
  repeated: true,
  flagOnly: true,
});

export const REC_EXPORT_OPTIONS = {
  output: option<string | undefined>({
    flags: '-o, --output <FILE>',
    help: '.mkv, .mp4, .wav, .jpg (contact sheet), or a folder of JPEGs: DIR/',
    parse: text,
    default: undefined,
    flagOnly: true,
  }),
  participant,
  from,
  to,
  fps: option({
    flags: '--fps <N>',
    help: 'pictures a second of an .mp4 (15)',
    parse: integer(1, 60),
    default: 15,
    flagOnly: true,
  }),
  size: option<{ width: number; height: number }>({
    flags: '--size <WxH>',
    help: 'of an .mp4 or a contact sheet (1920x1080)',
    parse: size,
    default: { width: 1920, height: 1080 },
    flagOnly: true,
  }),
  force: option({
    flags: '--force',
    help: 'write over a file that is there',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  dir,
  json,
} as const;

const unflagged = <T extends object>(row: T): T & { readonly flagOnly: true } => ({
  ...row,
  flagOnly: true,
});

export const REC_PLAY_OPTIONS = {
  from,
  to,
  participant,
  speed: option({
    flags: '--speed <FACTOR>',
    help: `how fast to begin with: ${SPEEDS.join(', ')} (1)`,
    parse: (raw) => Number(oneOf(...SPEEDS.map(String))(plain(raw))),
    default: 1,
    flagOnly: true,
  }),
  picture: unflagged(WATCH_OPTIONS.picture),
  plain: unflagged(WATCH_OPTIONS.plain),
  play: unflagged(WATCH_OPTIONS.play),
  output: unflagged(WATCH_OPTIONS.output),
  dir,
  json: { ...json, help: 'one JSON object a line: who comes and goes, what is said' },
} as const;

export const REC_PRUNE_OPTIONS = {
  keep: unflagged({
    ...SERVE_OPTIONS.keep,
    help: 'delete what ended longer ago, unit and all: 7d',
  }),
  maxSize: unflagged({
    ...SERVE_OPTIONS.maxSize,
    help: 'delete the oldest beyond so much, unit and all: 20G',
  }),
  minFree: unflagged({
    ...SERVE_OPTIONS.minFree,
    help: 'delete the oldest until so much of the disk is free',
  }),
  dryRun: option({
    flags: '--dry-run',
    help: 'only say what would be deleted',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  yes: option({
    flags: '--yes',
    help: 'do not ask',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  dir,
  json,
} as const;

export type RecExportOptions = OptionValues<typeof REC_EXPORT_OPTIONS>;
export type RecPlayOptions = OptionValues<typeof REC_PLAY_OPTIONS>;
export type RecPruneOptions = OptionValues<typeof REC_PRUNE_OPTIONS>;
