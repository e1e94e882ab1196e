import { describe, expect, it } from 'vitest';

import { canonicalAddress, widerRange } from '../../src/transport/network-address.js';

describe('an address', () => {
  it.each([
    ['fd99:0:0:0:0:0:0:1', 'fd99::1'],
    ['FD99::0001', 'fd99::1'],
    ['fe80::0:1%Eth0', 'fe80::1%Eth0'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['10.0.0.1', '10.0.0.1'],
    ['ops.example', 'ops.example'],
  ])('%s is known as %s', (written, known) => {
    expect(canonicalAddress(written)).toBe(known);
  });
});

describe('a range', () => {
  it.each([
    ['10.0.0.1/8', '10.0.0.0/8'],
    ['192.168.7.9/23', '192.168.6.0/23'],
    ['1.2.3.4/0', '0.0.0.0/0'],
    ['255.255.255.255/31', '255.255.255.254/31'],
    ['fd00::1/8', 'fd00::/8'],
    ['fd00:1:2:3::/49', 'fd00:1:2::/49'],
    ['fd00:1:2:8003::/50', 'fd00:1:2:8000::/50'],
    ['::ffff:10.1.2.3/112', '::ffff:a01:0/112'],
  ])('%s means %s', (written, meant) => {
    expect(widerRange(written)).toBe(meant);
  });

  it.each([
    '10.0.0.0/8',
    '0.0.0.0/0',
    '::/0',
    '10.1.2.3',
    '10.1.2.3/32',
    'fd00::1',
    'fd00::/8',
    'x/8',
  ])('%s has no bit too many', (written) => {
    expect(widerRange(written)).toBeUndefined();
  });
});
