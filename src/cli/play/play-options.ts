/**
 * The options of `meet play`, and which of its three ways they choose. Owns the table, which
 * meet-play(1) repeats, and the reading of addresses.
 */
import { MeetError } from '../../transport/errors.js';
import { STATUS_OPTIONS } from '../client-options.js';
import type { OptionValues } from '../option-table.js';
import { option } from '../option-table.js';
import { CLIENT_SECURITY_OPTIONS } from '../security-options.js';
import { SERVE_OPTIONS } from '../serve-options.js';
import { SHARE_OPTIONS } from '../share-options.js';
import { ValueError, flag, integer, seconds, text } from '../values.js';
import type { Parser } from '../values.js';

/** Not 9999, the older programs' own, which a daemon on the same machine has for video. */
export const DEFAULT_PLAY_PORT = 9998;
/** For players of this machine only: nothing is encrypted on this wire. */
export const DEFAULT_PLAY_ADDRESS = '127.0.0.1';
/** How long a guest looks for the host where `--wait` says nothing: two programs started at once. */
export const JOIN_WAIT_SECONDS = 5;

export interface Address {
  readonly host: string;
  /** undefined: none was named. */
  readonly port: number | undefined;
}

/** `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT` or a bare IPv6 address. */
const address: Parser<Address> = (raw) => {
  const word = text(raw).trim();
  const [, bracketed, plain, digits] =
    /^(?:\[([\da-fA-F:.%\w]+)\]|([^:[\]/\s]+))(?::(\d{1,5}))?$/.exec(word) ?? [];
  const host = bracketed ?? plain ?? (/^[\da-fA-F:.]+$/.test(word) ? word : undefined);
  const port = digits === undefined ? undefined : Number(digits);
  if (host !== undefined && (port === undefined || (port > 0 && port < 65_536))) {
    return { host, port };
  }
  throw new ValueError('HOST or HOST:PORT with a port from 1 to 65535, such as 192.0.2.7:9998');
};

export const PLAY_OPTIONS = {
  hostGame: option({
    flags: '--host-game',
    help: 'wait for a player on a port of this machine; you are X',
    parse: flag,
    default: false,
    flagOnly: true,
  }),
  join: option<Address | undefined>({
    flags: '--join <HOST[:PORT]>',
    help: 'play against who hosts a game there; you are O',
    parse: address,
    default: undefined,
    flagOnly: true,
  }),
  port: option({
    flags: '--port <PORT>',
    help: `the port of the game; 0 with --host-game: any free one (${DEFAULT_PLAY_PORT})`,
    parse: integer(0, 65_535),
    default: DEFAULT_PLAY_PORT,
    flagOnly: true,
  }),
  bind: {
    ...SERVE_OPTIONS.bind,
    help: `the address to listen on; 0.0.0.0: for other machines, too (${DEFAULT_PLAY_ADDRESS})`,
  },
  host: STATUS_OPTIONS.host,
  ports: SHARE_OPTIONS.ports,
  room: SHARE_OPTIONS.room,
  name: SHARE_OPTIONS.name,
  wait: option<number | undefined>({
    flags: '--wait <SECONDS>',
    help: `look so long for the host of --join (${JOIN_WAIT_SECONDS}), or for NAME (0)`,
    parse: seconds,
    default: undefined,
  }),
  ...CLIENT_SECURITY_OPTIONS,
  plain: option({
    flags: '--plain',
    help: 'lines instead of the board; always so where stdin or stdout is no terminal',
    parse: flag,
    default: false,
  }),
  json: SERVE_OPTIONS.json,
} as const;

export type PlayOptions = OptionValues<typeof PLAY_OPTIONS>;

export type PlayWay =
  | { readonly way: 'host' }
  | { readonly way: 'join'; readonly host: string; readonly port: number }
  | { readonly way: 'meeting'; readonly target: string };

/** Throws MEET_USAGE unless exactly one way is chosen. */
export function playWay(words: readonly string[], { hostGame, join, port }: PlayOptions): PlayWay {
  const [target] = words;
  const chosen = [target !== undefined, hostGame, join !== undefined].filter(Boolean).length;
  if (chosen !== 1) {
    const what = chosen === 0 ? 'with whom?' : 'only one of these:';
    throw usage(`${what} meet play NAME, meet play --host-game, or meet play --join HOST[:PORT]`);
  }
  if (target !== undefined) return { way: 'meeting', target };
  if (join === undefined) return { way: 'host' };
  const joined = join.port ?? port;
  if (joined === 0) throw usage('--port is 0, expected the port of the game: 1 to 65535');
  return { way: 'join', host: join.host, port: joined };
}

function usage(words: string): MeetError {
  return new MeetError('MEET_USAGE', words);
}
