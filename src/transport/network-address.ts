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
