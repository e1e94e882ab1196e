/**
 * Addresses of peers: which are of this machine, which belong together, and ranges of them. Owns the
 * reading of addresses; opens nothing.
 */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** `::ffff:192.0.2.7` as `192.0.2.7`. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
}

/** 127.0.0.0/8 and ::1 (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). Nobody else's packets carry them. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
}

/** Whether a client that connects to this host name stays on its own machine. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host);
}

/** `192.0.2.7:5051`, `[fd00::2]:5051` (RFC 3986, 3.2.2). */
export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * What counts as one address: an IPv4 address, the /64 of an IPv6 one. A home or a hall is given a
 * whole /64 (RFC 6177), so that its single addresses cost nothing.
 */
export function addressGroup(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = (plain.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array.from({ length: missing }, () => '0'), ...after];
  const prefix = all.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}

/** One form of an IPv6 address that may be written in many (RFC 5952), its zone as it is; of others: itself. */
export function canonicalAddress(address: string): string {
  const [numbers = '', ...zone] = plainAddress(address).split('%');
  if (!isIPv6(numbers)) return plainAddress(address);
  return [new URL(`http://[${numbers}]`).hostname.slice(1, -1), ...zone].join('%');
}

/**
 * The range that is meant by one whose address has more bits than count, as `10.0.0.0/8` by `10.0.0.1/8`;
 * undefined: it has none, or is no range.
 */
export function widerRange(text: string): string | undefined {
  const { address, bits, family } = parseRange(text) ?? {};
  if (address === undefined || bits === undefined) return undefined;
  const [groups, width] = family === 'ipv4' ? [octetsOf(address), 8] : [hextetsOf(address), 16];
  const kept = groups.map((group, at) => {
    const counting = Math.min(width, Math.max(0, bits - at * width));
    return group & (((1 << counting) - 1) << (width - counting));
  });
  if (kept.every((group, at) => group === groups[at])) return undefined;
  if (family === 'ipv4') return `${kept.join('.')}/${bits}`;
  return `${canonicalAddress(kept.map((group) => group.toString(16)).join(':'))}/${bits}`;
}

function octetsOf(address: string): number[] {
  return address.split('.').map(Number);
}

function hextetsOf(address: string): number[] {
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (part = ''): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [numbers(head), numbers(tail)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return tail === undefined ? before : [...before, ...zeros, ...after];
}

/** A set of addresses by ranges such as `10.0.0.0/8`, `192.0.2.7`, `fd00::/8`. */
export class AddressRanges {
  readonly #list = new BlockList();

  /** Each as `isAddressRange` takes it; others are left out. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const { address, bits, family } = parseRange(range) ?? {};
      if (address === undefined || bits === undefined || family === undefined) continue;
      this.#list.addSubnet(address, bits, family);
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address).split('%')[0] ?? '';
    const version = isIP(plain);
    return version !== 0 && this.#list.check(plain, version === 4 ? 'ipv4' : 'ipv6');
  }
}

/** An address, or one with the number of bits that count. */
export function isAddressRange(text: string): boolean {
  return parseRange(text) !== undefined;
}

function parseRange(
  text: string,
): { address: string; bits: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [, address = '', digits] = /^([0-9a-fA-F.:]+)(?:\/(\d{1,3}))?$/.exec(text.trim()) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const most = version === 4 ? 32 : 128;
  const bits = digits === undefined ? most : Number(digits);
  return bits > most ? undefined : { address, bits, family: version === 4 ? 'ipv4' : 'ipv6' };
}
