/**
 * The options of the commands that have few: `meet devices`, `meet doctor`, `meet demo`. Owns the
 * tables; meet(1) repeats them, a test compares.
 */
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import { SERVE_OPTIONS } from './serve-options.js';
import { flag, text } from './values.js';

export const DEVICES_OPTIONS = {
  json: option({
    flags: '--json',
    help: 'one JSON document on stdout',
    parse: flag,
    default: false,
  }),
} as const;

/** As that of `meet serve`, with the other default. */
const SERVE_HELP = 'how to record: frames (JPEG and WAV files), or mkv (Matroska) (frames)';

export const DEMO_OPTIONS = {
  duration: SERVE_OPTIONS.duration,
  record: option({
    flags: '--record <DIR>',
    help: 'where pictures and sound go (./recordings)',
    parse: text,
    default: 'recordings',
  }),
  // Whoever tries it out wants to look at pictures in a folder.
  format: option({ ...SERVE_OPTIONS.format, help: SERVE_HELP, default: 'frames' }),
  json: SERVE_OPTIONS.json,
} as const;

export type DemoOptions = OptionValues<typeof DEMO_OPTIONS>;
