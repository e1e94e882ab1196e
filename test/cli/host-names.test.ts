import { describe, expect, it } from 'vitest';
import { ValueError, host } from '../../src/cli/values.js';
import { hostAndPort } from '../../src/transport/network-address.js';

describe('a host', () => {
  it.each([
    { written: 'ops.example.net', meant: 'ops.example.net' },
    { written: 'OPS', meant: 'ops' },
    { written: ' 192.0.2.7 ', meant: '192.0.2.7' },
    { written: '::1', meant: '::1' },
    { written: '[::1]', meant: '::1' },
    { written: '[FD00::2]', meant: 'fd00::2' },
    { written: 'fe80::1%Wlan0', meant: 'fe80::1%Wlan0' },
    { written: 'münchen.example', meant: 'münchen.example' },
  ])('written as "$written" is $meant', ({ written, meant }) => {
    expect(host(written)).toBe(meant);
  });

  it.each([
    ...['', ' ', 'a b', 'ops:5051', 'http://ops', 'ops/', 'me@ops', '[ops]', '[::1', '::1]'],
    ...['[::1]:5051', '1::2::3', 'a\0b', 'x'.repeat(20_000), 7, undefined],
  ])('is not %j', (written) => {
    expect(() => host(written)).toThrow(ValueError);
  });

  it('of IPv6 stands in brackets before a port', () => {
    expect(hostAndPort('fd00::2', 5051)).toBe('[fd00::2]:5051');
    expect(hostAndPort('192.0.2.7', 5051)).toBe('192.0.2.7:5051');
  });
});
