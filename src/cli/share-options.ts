/**
 * The options of `meet share`. Owns the table; meet-share(1) repeats it, a test compares.
 */
import { hostname } from 'node:os';

import { DEFAULT_PORTS } from '../transport/stream-kind.js';
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import { CLIENT_SECURITY_OPTIONS } from './security-options.js';
import { SERVE_OPTIONS } from './serve-options.js';
import { daemonPorts, flag, host, integer, seconds, size, text, textOrFlag } from './values.js';

type Size = { readonly width: number; readonly height: number };

const source = (kind: string, examples: string) =>
  option<string | boolean>({
    flags: `--${kind} [SOURCE]`,
    help: `share ${examples}, test, or file:PATH`,
    parse: textOrFlag,
    default: false,
  });

const backend = (kind: string) =>
  option({
    flags: `--${kind}-backend <NAME>`,
    help: `how to capture it (auto; all of them: meet devices)`,
    parse: text,
    default: 'auto',
  });

export const SHARE_OPTIONS = {
  host: option({
    flags: '--host <HOST>',
    help: 'where the daemon is (127.0.0.1)',
    parse: host,
    default: '127.0.0.1',
  }),
  ports: option({
    flags: '--ports <SCREEN,VIDEO,AUDIO>',
    help: "the daemon's ports (5051,9999,5052)",
    parse: daemonPorts,
    default: DEFAULT_PORTS,
  }),
  name: option({
    flags: '--name <NAME>',
    help: "how others see you (this machine's name)",
    parse: text,
    default: hostname(),
  }),
  room: option({
    flags: '--room <ROOM>',
    help: 'which room to go to (main)',
    parse: text,
    default: 'main',
  }),
  screen: source('screen', 'the screen: a display such as :0'),
  video: source('video', 'a camera: a device such as /dev/video0'),
  audio: source('audio', 'a microphone: a device such as hw:1 or a PulseAudio source'),
  screenBackend: backend('screen'),
  videoBackend: backend('video'),
  audioBackend: backend('audio'),
  fps: option({
    flags: '--fps <N>',
    help: 'screen pictures a second, at most (10)',
    parse: integer(1, 60),
    default: 10,
  }),
  videoFps: option({
    flags: '--video-fps <N>',
    help: 'camera pictures a second, at most (15)',
    parse: integer(1, 60),
    default: 15,
  }),
  size: option<Size | undefined>({
    flags: '--size <WxH>',
    help: 'largest picture sent (1920x1080 screen, 1280x720 camera)',
    parse: size,
    default: undefined,
  }),
  quality: option({
    flags: '--quality <1-100>',
    help: 'JPEG quality (75)',
    parse: integer(1, 100),
    default: 75,
  }),
  duration: option<number | undefined>({
    flags: '--duration <SECONDS>',
    help: 'end after so long, with exit code 0',
    parse: seconds,
    default: undefined,
  }),
  wait: option<number | undefined>({
    flags: '--wait <SECONDS>',
    help: 'keep trying to reach the daemon, and wait to be let in, for so long (try once; wait)',
    parse: seconds,
    default: undefined,
  }),
  reconnect: option({
    flags: '--no-reconnect',
    help: 'end when the daemon goes away',
    parse: flag,
    default: true,
  }),
  tui: option<boolean | undefined>({
    flags: '--tui',
    negation: '--no-tui',
    help: 'the panel with keys (on, where stdin and stdout are a terminal)',
    parse: flag,
    default: undefined,
  }),
  ...CLIENT_SECURITY_OPTIONS,
  json: SERVE_OPTIONS.json,
  stats: SERVE_OPTIONS.stats,
} as const;

export type ShareOptions = OptionValues<typeof SHARE_OPTIONS>;
