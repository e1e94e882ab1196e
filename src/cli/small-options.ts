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

export const DEMO_OPTIONS = {
  duration: SERVE_OPTIONS.duration,
  record: option({
    flags: '--record <DIR>',
    help: 'where pictures and sound go (./recordings)',
    parse: text,
    default: 'recordings',
  }),
  json: SERVE_OPTIONS.json,
} as const;

export type DemoOptions = OptionValues<typeof DEMO_OPTIONS>;
