/**
 * From what a user wrote to a typed value. Owns one parser for each kind of value; knows no option.
 * Each parser takes text (flags, environment) or a value of a configuration file, and throws a
 * ValueError that says what was expected.
 */
import { isIPv6 } from 'node:net';

import type { LimitName, Limits } from '../transport/limits.js';
import { LIMIT_NAMES, LIMIT_TABLE, limitsWith } from '../transport/limits.js';
import { didYouMean } from '../transport/near-word.js';
import { canonicalAddress } from '../transport/network-address.js';
import type { StreamKind } from '../transport/stream-kind.js';

/** The value is not of its kind; `expected` completes "expected …". */
export class ValueError extends Error {
  readonly expected: string;

  constructor(expected: string) {
    super(`expected ${expected}`);
    this.expected = expected;
  }
}

export type Parser<T> = (raw: unknown) => T;

/** Text of a text, a number or a flag. Of all else none: a table of a file may even have no words. */
export function plain(raw: unknown): string {
  if (typeof raw === 'string') return raw;
  return typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : '';
}

export function integer(least: number, most: number): Parser<number> {
  return (raw) => {
    const value = typeof raw === 'string' && /^-?\d+$/.test(raw.trim()) ? Number(raw) : raw;
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) {
      return value;
    }
    throw new ValueError(`a whole number from ${least} to ${most}`);
  };
}

/** Seconds, fractions allowed; `5m`, `2h`, `1d` too. Up to 10 years. */
export const seconds: Parser<number> = (raw) => {
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400 };
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?)([smhd]?)$/.exec(plain(raw).trim()) ?? [];
  const value = Number(digits) * (units[unit] ?? Number.NaN);
  if (digits !== '' && value <= 315_360_000) return value;
  throw new ValueError('seconds, or a time such as 2.5s, 5m, 1h or 7d, at most ten years');
};

/** As `seconds`, of what has to last: from one second on. */
export const lifetime: Parser<number> = (raw) => {
  const value = seconds(raw);
  if (value >= 1) return value;
  throw new ValueError('a time from 1s to ten years, such as 90s, 30m, 12h or 2d');
};

/** A size in bytes, K, M, G or T (1024). */
export const byteSize: Parser<number> = (raw) => {
  const powers: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4 };
  const [, digits = '', unit = ''] =
    /^(\d{1,15}(?:\.\d{1,3})?)\s*([KMGT]?)(?:i?B)?$/i.exec(plain(raw).trim()) ?? [];
  const value = Math.round(Number(digits) * 1024 ** (powers[unit.toUpperCase()] ?? Number.NaN));
  if (digits !== '' && Number.isSafeInteger(value)) return value;
  throw new ValueError('a size, such as 500M or 20G');
};

/** Where a number alone, taken as seconds or bytes, would have recordings deleted. */
function withUnit(parse: Parser<number>, expected: string): Parser<number> {
  return (raw) => {
    if (/^[\d.]+$/.test(plain(raw).trim())) throw new ValueError(expected);
    return parse(raw);
  };
}

/** Seconds; the unit must be said. */
export const age = withUnit(seconds, 'an age with its unit, such as 90m, 12h or 7d');

/** Bytes; the unit must be said. */
export const keptSize = withUnit(byteSize, 'a size with its unit, such as 500M or 20G');

/** When a recording goes on in a new file: after a time, at a size, or both with a comma between. */
export interface SegmentBoundsValue {
  readonly ms: number;
  readonly bytes: number;
}

/** From 1 second to 1 day, from 1 MiB to 1 TiB; what is left out stays as in `otherwise`. */
export function segmentBounds(otherwise: SegmentBoundsValue): Parser<SegmentBoundsValue> {
  return (raw) => {
    const parts = Array.isArray(raw) ? raw.map(plain) : plain(raw).split(',');
    const times = parts.filter((part) => /^\s*[\d.]+\s*[smhd]?\s*$/.test(part));
    const sizes = parts.filter((part) => !times.includes(part));
    if (times.length > 1 || sizes.length > 1) throw new ValueError(SEGMENT_WORDS);
    const ms = times[0] === undefined ? otherwise.ms : partOf(seconds, times[0]) * 1000;
    const bytes = sizes[0] === undefined ? otherwise.bytes : partOf(byteSize, sizes[0]);
    const isInRange = ms >= 1000 && ms <= 86_400_000 && bytes >= 1024 ** 2 && bytes <= 1024 ** 4;
    if (isInRange) return { ms, bytes };
    throw new ValueError(SEGMENT_WORDS);
  };
}

/** What is neither a time nor a size is told what both may be. */
function partOf(parse: Parser<number>, part: string): number {
  try {
    return parse(part);
  } catch (thrown) {
    throw thrown instanceof ValueError ? new ValueError(SEGMENT_WORDS) : thrown;
  }
}

const SEGMENT_WORDS = 'a time from 1s to 1d, a size from 1M to 1T, or both, such as 10m or 1h,500M';

export const flag: Parser<boolean> = (raw) => {
  if (typeof raw === 'boolean') return raw;
  const text = plain(raw).toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw new ValueError('true or false');
};

/** As long as a text on the wire may be. */
const TEXT_UNITS_MAX = 10_000;

export const text: Parser<string> = (raw) => {
  if (typeof raw === 'string' && raw.length > TEXT_UNITS_MAX) {
    throw new ValueError(`a text of at most ${TEXT_UNITS_MAX} characters`);
  }
  if (typeof raw === 'string' && raw.trim() !== '' && !raw.includes('\0')) return raw;
  throw new ValueError('a text that is not empty');
};

/**
 * A host name or an address. An IPv6 one may stand in brackets, and names mean the same in capitals, an IPv6
 * address in each of its forms. A URL or a port behind it is refused: it would be looked up as part of the name.
 */
export const host: Parser<string> = (raw) => {
  const word = text(raw).trim();
  const [, bracketed] = /^\[([^[\]]+)\]$/.exec(word) ?? [];
  const name = bracketed ?? word;
  if (/^meet:/i.test(word)) {
    throw new ValueError('a host name or an address; an invite is given by itself: --invite FILE');
  }
  const isName = /^[^\s:/[\]@]+$/.test(name) || isIPv6(name);
  if (!isName || (bracketed !== undefined && !isIPv6(bracketed))) {
    throw new ValueError('a host name or an address, such as 192.0.2.7 (ports: --ports)');
  }
  const [address = '', ...zone] = name.split('%');
  return canonicalAddress([address.toLowerCase(), ...zone].join('%'));
};

/**
 * true and false as they are (an option without or against its value), or a text. The words of a
 * flag mean it: a folder named `no` is `./no`. Numbers do not, they may name a device.
 */
export const textOrFlag: Parser<string | boolean> = (raw) => {
  if (typeof raw === 'boolean') return raw;
  const word = text(raw);
  return /^(true|yes|on|false|no|off)$/i.test(word) ? flag(word) : word;
};

export function oneOf<T extends string>(...words: readonly T[]): Parser<T> {
  return (raw) => {
    const word = words.find((known) => known === raw);
    if (word !== undefined) return word;
    throw new ValueError(`one of ${words.join(', ')}${didYouMean(plain(raw), words)}`);
  };
}

export const size: Parser<{ width: number; height: number }> = (raw) => {
  const [, width, height] = /^(\d{1,5})x(\d{1,5})$/i.exec(plain(raw).trim()) ?? [];
  const value = { width: Number(width), height: Number(height) };
  const { 'picture-width': widest, 'picture-height': highest } = limitsWith();
  if (value.width >= 16 && value.height >= 16 && value.width <= widest && value.height <= highest) {
    return value;
  }
  throw new ValueError(`WIDTHxHEIGHT, such as 1280x720, from 16x16 to ${widest}x${highest}`);
};

/** Three ports to listen on: 0 is any free one. */
export const ports: Parser<Readonly<Record<StreamKind, number>>> = (raw) => {
  const parts = Array.isArray(raw) ? raw.map(plain) : plain(raw).split(',');
  const numbers = parts.map((part) => (/^\s*\d{1,5}\s*$/.test(part) ? Number(part) : Number.NaN));
  const [screen, video, audio] = numbers;
  const valid = numbers.every((port) => port >= 0 && port <= 65_535);
  if (!valid || numbers.length !== 3) {
    throw new ValueError('three ports SCREEN,VIDEO,AUDIO from 0 to 65535, such as 5051,9999,5052');
  }
  const named = { screen: screen ?? 0, video: video ?? 0, audio: audio ?? 0 };
  const fixed = numbers.filter((port) => port !== 0);
  if (new Set(fixed).size === fixed.length) return named;
  throw new ValueError('three different ports (0, any free one, may be repeated)');
};

/** Three ports of a daemon: nobody can be met at port 0. */
export const daemonPorts: Parser<Readonly<Record<StreamKind, number>>> = (raw) => {
  const named = ports(raw);
  if (!Object.values(named).includes(0)) return named;
  throw new ValueError(
    'the three ports of a daemon, from 1 to 65535, as its first line names them',
  );
};

/** `NAME=VALUE` texts, or a table of a configuration file. Sizes may end in K, M or G (1024). */
export const limits: Parser<Limits> = (raw) => {
  const pairs: [string, unknown][] =
    typeof raw === 'object' && raw !== null && !Array.isArray(raw)
      ? Object.entries(raw)
      : (Array.isArray(raw) ? raw : [raw]).flatMap((item) => limitPairs(plain(item)));
  const changes: Partial<Record<LimitName, number>> = {};
  for (const [name, value] of pairs) {
    const known = LIMIT_NAMES.find((limit) => limit === name);
    if (known === undefined) {
      throw new ValueError(
        `NAME=VALUE with a known name; there is no limit "${name}"${didYouMean(name, LIMIT_NAMES)}`,
      );
    }
    changes[known] = limitValue(known, value);
  }
  return limitsWith(changes);
};

function limitPairs(list: string): [string, unknown][] {
  return list.split(',').map((item) => {
    const at = item.indexOf('=');
    if (at < 1) throw new ValueError('NAME=VALUE, such as connections=512');
    return [item.slice(0, at).trim(), item.slice(at + 1).trim()];
  });
}

function limitValue(name: LimitName, raw: unknown): number {
  const factors: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 };
  const [, digits = '', unit = ''] =
    /^(\d{1,15})\s*([KMG]?)(?:i?B)?$/i.exec(plain(raw).trim()) ?? [];
  const value = Number(digits) * (factors[unit.toUpperCase()] ?? 1);
  const { least, unit: counted } = LIMIT_TABLE[name];
  if (digits !== '' && value >= least && Number.isSafeInteger(value)) return value;
  throw new ValueError(`${name} to be at least ${least} (${counted})`);
}
