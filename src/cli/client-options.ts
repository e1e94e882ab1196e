/**
 * The options of the commands that speak to a daemon: `status`, `events`, `snapshot`, `ctl`, `chat`,
 * `watch`. Owns the tables; the man pages repeat them, a test compares.
 */
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import { SHARE_OPTIONS } from './share-options.js';
import { SERVE_OPTIONS } from './serve-options.js';
import { flag, integer, text } from './values.js';

const host = option<string | undefined>({
  flags: '--host <HOST>',
  help: "another machine's daemon (this machine's)",
  parse: text,
  default: undefined,
});

const shared = {
  host,
  ports: SHARE_OPTIONS.ports,
  room: SHARE_OPTIONS.room,
  json: SERVE_OPTIONS.json,
} as const;

export const STATUS_OPTIONS = shared;

export const EVENTS_OPTIONS = {
  ports: SHARE_OPTIONS.ports,
  json: SERVE_OPTIONS.json,
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
    parse: integer(0, 3600),
    default: 5,
  }),
} as const;

export const CTL_OPTIONS = {
  ports: SHARE_OPTIONS.ports,
  json: SERVE_OPTIONS.json,
  pid: option<number | undefined>({
    flags: '--pid <PID>',
    help: 'which of several running shares',
    parse: integer(1, 2 ** 31),
    default: undefined,
    flagOnly: true,
  }),
} as const;

export const CHAT_OPTIONS = { ...shared, name: SHARE_OPTIONS.name } as const;

export type StatusOptions = OptionValues<typeof STATUS_OPTIONS>;
export type EventsOptions = OptionValues<typeof EVENTS_OPTIONS>;
export type SnapshotOptions = OptionValues<typeof SNAPSHOT_OPTIONS>;
export type CtlOptions = OptionValues<typeof CTL_OPTIONS>;
export type ChatOptions = OptionValues<typeof CHAT_OPTIONS>;
