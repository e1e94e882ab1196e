/**
 * The options of `meet serve` and `meetd`. Owns the table; meet-serve(1) repeats it, a test compares.
 */
import { limitsWith } from '../transport/limits.js';
import { DEFAULT_PORTS } from '../transport/stream-kind.js';
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import { DAEMON_SECURITY_OPTIONS } from './security-options.js';
import {
  age,
  byteSize,
  flag,
  host,
  integer,
  keptSize,
  limits,
  oneOf,
  ports,
  seconds,
  segmentBounds,
  text,
  textOrFlag,
} from './values.js';

/** When a recording goes on in a new file. */
export const DEFAULT_SEGMENT = { ms: 10 * 60_000, bytes: 2 * 1024 ** 3 } as const;

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

export const SERVE_OPTIONS = {
  ports: option({
    flags: '--ports <SCREEN,VIDEO,AUDIO>',
    help: 'the three ports; 0: any free one (5051,9999,5052)',
    parse: ports,
    default: DEFAULT_PORTS,
  }),
  bind: option<string | undefined>({
    flags: '--bind <ADDR>',
    help: 'the address to listen on; 127.0.0.1: this machine only (all)',
    parse: host,
    default: undefined,
  }),
  ...DAEMON_SECURITY_OPTIONS,
  record: option<string | boolean | undefined>({
    flags: '--record [DIR]',
    negation: '--no-record',
    help: 'recording (on, into ./recordings, where stdout is not a terminal)',
    parse: textOrFlag,
    default: undefined,
  }),
  format: option({
    flags: '--format <FORMAT>',
    help: 'how to record: mkv (Matroska), or frames (JPEG and WAV files) (mkv)',
    parse: oneOf('mkv', 'frames'),
    default: 'mkv',
  }),
  segment: option({
    flags: '--segment <TIME|SIZE>',
    help: 'go on in a new file then; mkv only (10m,2G)',
    parse: segmentBounds(DEFAULT_SEGMENT),
    default: DEFAULT_SEGMENT,
  }),
  keep: option<number | undefined>({
    flags: '--keep <AGE>',
    help: 'delete recordings that ended longer ago, unit and all: 7d; mkv only',
    parse: age,
    default: undefined,
  }),
  maxSize: option<number | undefined>({
    flags: '--max-size <SIZE>',
    help: 'delete the oldest recordings beyond so much, unit and all: 20G; mkv only',
    parse: keptSize,
    default: undefined,
  }),
  minFree: option<number | undefined>({
    flags: '--min-free <SIZE>',
    help: 'delete the oldest recordings to keep so much of the disk free; mkv only',
    parse: byteSize,
    default: undefined,
  }),
  duration: option<number | undefined>({
    flags: '--duration <SECONDS>',
    help: 'end after so long, with exit code 0',
    parse: seconds,
    default: undefined,
  }),
  limit: option({
    flags: '--limit <NAME=VALUE>',
    help: 'change a limit; may be repeated (all of them: man meetd)',
    parse: limits,
    default: limitsWith(),
    repeated: true,
  }),
  config: option<string | undefined>({
    flags: '--config <FILE>',
    help: 'read options from a TOML or JSON file',
    parse: text,
    default: undefined,
    flagOnly: true,
  }),
  json: option({
    flags: '--json',
    help: 'events on stdout, one JSON object a line',
    parse: flag,
    default: false,
  }),
  stats: option<number | undefined>({
    flags: '--stats [SECONDS]',
    help: 'figures each second, or each so many',
    parse: (raw) => (raw === true ? 1 : integer(1, 3600)(raw)),
    default: undefined,
  }),
  video: option<string | boolean>({
    flags: '--video [SOURCE]',
    help: "share the host's own camera, which older clients see first",
    parse: textOrFlag,
    default: false,
  }),
  tui: option<boolean | undefined>({
    flags: '--tui',
    negation: '--no-tui',
    help: 'the dashboard (on, where stdout is a terminal)',
    parse: flag,
    default: undefined,
  }),
  play: option({
    flags: '--play',
    negation: '--no-play',
    help: 'sound on this machine, with the dashboard (on)',
    parse: flag,
    default: true,
  }),
  logLevel: option({
    flags: '--log-level <LEVEL>',
    help: `what to log on stderr: ${LOG_LEVELS.join(', ')} (warn)`,
    parse: oneOf(...LOG_LEVELS),
    default: 'warn',
  }),
} as const;

export type ServeOptions = OptionValues<typeof SERVE_OPTIONS>;
