/**
 * Every limit on what is read from peers and on what is held for them: one row each with its name
 * (`--limit NAME=VALUE`), default, unit and meaning. Owns the table and its defaults; the code that
 * enforces a row imports the typed value.
 */

const KIB = 1024;
const MIB = 1024 * KIB;

export type LimitUnit = 'bytes' | 'ms' | 'count' | 'pixels';

export interface LimitRow {
  readonly default: number;
  readonly unit: LimitUnit;
  /** The least value that makes sense. */
  readonly least: number;
  readonly means: string;
}

/** Defaults are the promises of docs/limits.md. The man page lists every row; a test compares. */
export const LIMIT_TABLE = {
  'jpeg-bytes': row(16 * MIB, 'bytes', 1 * KIB, 'largest JPEG'),
  'ndarray-bytes': row(32 * MIB, 'bytes', 1 * KIB, 'largest pickle of the older video framing'),
  'pcm-bytes': row(256 * KIB, 'bytes', 64, 'largest chunk of sound'),
  'control-bytes': row(64 * KIB, 'bytes', 1 * KIB, 'largest control record'),
  'half-received-bytes': row(256 * MIB, 'bytes', 64 * KIB, 'unfinished frames, all connections'),
  'picture-width': row(7680, 'pixels', 16, 'widest picture'),
  'picture-height': row(4320, 'pixels', 16, 'highest picture'),
  'header-ms': row(5000, 'ms', 10, 'time for a preamble, hello or header once begun'),
  'body-ms': row(5000, 'ms', 10, 'least time that a frame body is given'),
  'body-bytes-per-second': row(64 * KIB, 'bytes', 1, 'slowest rate of a large frame body'),
  'ping-ms': row(10_000, 'ms', 10, 'time between pings'),
  'pings-unanswered': row(3, 'count', 1, 'unanswered pings after which a peer is gone'),
  'small-records-per-second': row(
    1000,
    'count',
    10,
    'records below 1 KiB of one connection in a second',
  ),
  connections: row(256, 'count', 1, 'connections of one listener'),
  'connections-per-address': row(16, 'count', 1, 'connections of one address to one listener'),
  'distrusted-per-second': row(
    4,
    'count',
    1,
    'connections let through in a second of all addresses that broke the protocol',
  ),
  'distrusted-ms': row(60_000, 'ms', 10, 'time that such an address is remembered'),
  'waiting-bytes': row(
    16 * KIB,
    'bytes',
    2 * KIB,
    'largest record of a peer that is not let in yet',
  ),
  'early-drop-begin': row(10, 'count', 1, 'peers not let in from which on some are turned away'),
  'early-drop-percent': row(30, 'count', 0, 'of a hundred, how many are turned away from there on'),
  'early-drop-full': row(32, 'count', 1, 'peers not let in from which on all are turned away'),
  'bad-credentials': row(10, 'count', 1, 'bad credentials after which an address is refused'),
  'bad-credentials-ms': row(120_000, 'ms', 1000, 'time in which bad credentials are counted'),
  'refused-ms': row(300_000, 'ms', 10, 'time that such an address is refused'),
  'outbox-sound-ms': row(200, 'ms', 20, 'sound that waits for a slow peer'),
  'stalled-ms': row(10_000, 'ms', 100, 'time without progress after which a slow peer is cut'),
  'chat-per-minute': row(60, 'count', 1, 'chat messages of a participant in a minute'),
  'recording-queue-bytes': row(
    32 * MIB,
    'bytes',
    1 * MIB,
    'frames of a participant that wait for the disk',
  ),
  'disk-free-bytes': row(64 * MIB, 'bytes', 0, 'free disk below which recording stops'),
  'away-ms': row(30_000, 'ms', 0, 'time that a lost participant may take to come back'),
} as const satisfies Record<string, LimitRow>;

export type LimitName = keyof typeof LIMIT_TABLE;
export type Limits = Readonly<Record<LimitName, number>>;

export const LIMIT_NAMES = Object.keys(LIMIT_TABLE) as readonly LimitName[];

/** All limits at their defaults but for those given. */
export function limitsWith(changes: Partial<Limits> = {}): Limits {
  const defaults = Object.fromEntries(
    LIMIT_NAMES.map((name) => [name, LIMIT_TABLE[name].default]),
  ) as Record<LimitName, number>;
  return Object.freeze({ ...defaults, ...changes });
}

function row(value: number, unit: LimitUnit, least: number, means: string): LimitRow {
  return { default: value, unit, least, means };
}
