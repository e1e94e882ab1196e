/**
 * The options of the commands that speak to a daemon: `status`, `events`, `snapshot`, `ctl`, `chat`,
 * `watch`. Owns the tables; the man pages repeat them, a test compares.
 */
import type { Role } from '../transport/admission-records.js';
import { ROLES } from '../transport/admission-records.js';
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import { CLIENT_SECURITY_OPTIONS } from './security-options.js';
import { SHARE_OPTIONS } from './share-options.js';
import { SERVE_OPTIONS } from './serve-options.js';
import {
  flag,
  host as hostName,
  integer,
  lifetime,
  oneOf,
  ports,
  seconds,
  text,
} from './values.js';
import { DEFAULT_PORTS } from '../transport/stream-kind.js';
import type { OutputName } from '../playback/output.js';
import { OUTPUT_NAMES } from '../playback/output.js';
import type { PictureMode } from '../tui/pictures/picture-mode.js';
import { PICTURE_MODES } from '../tui/pictures/picture-mode.js';

const host = option<string | undefined>({
  flags: '--host <HOST>',
  help: "another machine's daemon (this machine's)",
  parse: hostName,
  default: undefined,
});

const shared = {
  host,
  ports: SHARE_OPTIONS.ports,
  room: SHARE_OPTIONS.room,
  ...CLIENT_SECURITY_OPTIONS,
  json: { ...SERVE_OPTIONS.json, help: 'the answer as JSON' },
} as const;

export const STATUS_OPTIONS = shared;

export const EVENTS_OPTIONS = {
  ...shared,
  follow: option({
    flags: '--follow',
    help: 'go on until Ctrl-C (else: what is now, as events)',
    parse: flag,
    default: false,
  }),
} as const;

export const SNAPSHOT_OPTIONS = {
  ...shared,
  output: option<string | undefined>({
    flags: '-o, --output <FILE>',
    help: 'where the JPEG goes; -: stdout',
    parse: text,
    default: undefined,
    flagOnly: true,
  }),
  wait: option({
    flags: '--wait <SECONDS>',
    help: 'wait so long for a picture (5)',
    parse: seconds,
    default: 5,
  }),
} as const;

export const CTL_OPTIONS = {
  ...shared,
  pid: option<number | undefined>({
    flags: '--pid <PID>',
    help: 'which of several running shares',
    parse: integer(1, 2 ** 31),
    default: undefined,
    flagOnly: true,
  }),
  role: option<Role>({
    flags: '--role <ROLE>',
    help: `with admit, what it may do: ${ROLES.join(', ')} (present)`,
    parse: oneOf(...ROLES),
    default: 'present',
    flagOnly: true,
  }),
} as const;

export const CHAT_OPTIONS = { ...shared, name: SHARE_OPTIONS.name } as const;

/** Beside those of the connection, in `watch` and `join`. */
const shown = {
  picture: option<PictureMode>({
    flags: '--picture <MODE>',
    help: `how pictures are drawn: ${PICTURE_MODES.join(', ')} (auto)`,
    parse: oneOf(...PICTURE_MODES),
    default: 'auto',
  }),
  plain: option({
    flags: '--plain',
    help: 'one line a change instead of the dashboard; always so where stdout is no terminal',
    parse: flag,
    default: false,
  }),
  play: option({
    flags: '--play',
    negation: '--no-play',
    help: 'sound on this machine (on)',
    parse: flag,
    default: true,
  }),
  output: option<OutputName | 'auto'>({
    flags: '--output <NAME>',
    help: `what plays it: auto, ${OUTPUT_NAMES.join(', ')} (auto)`,
    parse: oneOf('auto', ...OUTPUT_NAMES),
    default: 'auto',
  }),
} as const;

export const WATCH_OPTIONS = {
  host: SHARE_OPTIONS.host,
  ports: SHARE_OPTIONS.ports,
  name: SHARE_OPTIONS.name,
  room: SHARE_OPTIONS.room,
  wait: SHARE_OPTIONS.wait,
  reconnect: SHARE_OPTIONS.reconnect,
  duration: SHARE_OPTIONS.duration,
  ...CLIENT_SECURITY_OPTIONS,
  ...shown,
} as const;

/** Everything of `meet share` but what is written for scripts. */
export const JOIN_OPTIONS = {
  host: SHARE_OPTIONS.host,
  ports: SHARE_OPTIONS.ports,
  name: SHARE_OPTIONS.name,
  room: SHARE_OPTIONS.room,
  screen: SHARE_OPTIONS.screen,
  video: SHARE_OPTIONS.video,
  audio: SHARE_OPTIONS.audio,
  screenBackend: SHARE_OPTIONS.screenBackend,
  videoBackend: SHARE_OPTIONS.videoBackend,
  audioBackend: SHARE_OPTIONS.audioBackend,
  fps: SHARE_OPTIONS.fps,
  videoFps: SHARE_OPTIONS.videoFps,
  size: SHARE_OPTIONS.size,
  quality: SHARE_OPTIONS.quality,
  wait: SHARE_OPTIONS.wait,
  reconnect: SHARE_OPTIONS.reconnect,
  duration: SHARE_OPTIONS.duration,
  ...CLIENT_SECURITY_OPTIONS,
  ...shown,
} as const;

export const INVITE_OPTIONS = {
  ports: SHARE_OPTIONS.ports,
  host: option<string | undefined>({
    flags: '--host <HOST>',
    help: 'how guests reach this machine (its first address)',
    parse: hostName,
    default: undefined,
    flagOnly: true,
  }),
  role: option<Role>({
    flags: '--role <ROLE>',
    help: `what the guest may do: ${ROLES.join(', ')} (present)`,
    parse: oneOf(...ROLES),
    default: 'present',
    flagOnly: true,
  }),
  expires: option({
    flags: '--expires <TIME>',
    help: 'how long it is good: 90s, 30m, 12h, 2d (7d)',
    parse: lifetime,
    default: 7 * 86_400,
    flagOnly: true,
  }),
  once: option({
    flags: '--once',
    help: 'for the first one who uses it, nobody else',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  room: option<string | undefined>({
    flags: '--room <ROOM>',
    help: 'for this room only (any)',
    parse: text,
    default: undefined,
    flagOnly: true,
  }),
  qr: option({
    flags: '--qr',
    help: 'as a QR code for a camera, too',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  json: { ...SERVE_OPTIONS.json, help: 'the answer as JSON' },
} as const;

/** What `meet bridge` listens on is for older clients, who know the usual ports only. */
export const BRIDGE_OPTIONS = {
  host: SHARE_OPTIONS.host,
  ports: SHARE_OPTIONS.ports,
  localPorts: option({
    flags: '--local-ports <SCREEN,VIDEO,AUDIO>',
    help: 'where older clients of this machine connect (5051,9999,5052)',
    parse: ports,
    default: DEFAULT_PORTS,
  }),
  name: SHARE_OPTIONS.name,
  room: SHARE_OPTIONS.room,
  wait: SHARE_OPTIONS.wait,
  duration: SHARE_OPTIONS.duration,
  ...CLIENT_SECURITY_OPTIONS,
  json: SERVE_OPTIONS.json,
  logLevel: SERVE_OPTIONS.logLevel,
} as const;

export type BridgeOptions = OptionValues<typeof BRIDGE_OPTIONS>;
export type InviteOptions = OptionValues<typeof INVITE_OPTIONS>;
export type WatchOptions = OptionValues<typeof WATCH_OPTIONS>;
export type JoinOptions = OptionValues<typeof JOIN_OPTIONS>;
export type StatusOptions = OptionValues<typeof STATUS_OPTIONS>;
export type EventsOptions = OptionValues<typeof EVENTS_OPTIONS>;
export type SnapshotOptions = OptionValues<typeof SNAPSHOT_OPTIONS>;
export type CtlOptions = OptionValues<typeof CTL_OPTIONS>;
export type ChatOptions = OptionValues<typeof CHAT_OPTIONS>;
