import { describe, expect, it } from 'vitest';
import { whoMakesRoom } from '../../src/daemon/unsettled.js';

const from = (...addresses: string[]): { address: string; at: number }[] =>
  addresses.map((address, at) => ({ address, at }));

describe('who makes room for a newcomer', () => {
  it('is the oldest of the address that holds the most', () => {
    const held = from('192.0.2.1', '192.0.2.7', '192.0.2.7', '192.0.2.7');
    expect(whoMakesRoom(held, '192.0.2.9')).toMatchObject({ at: 1 });
  });

  it('is nobody where all hold as much, or the newcomer would', () => {
    expect(whoMakesRoom(from('192.0.2.1', '192.0.2.2'), '192.0.2.9')).toBeUndefined();
    const held = from('192.0.2.1', '192.0.2.7', '192.0.2.7');
    expect(whoMakesRoom(held, '192.0.2.7')).toBeUndefined();
    expect(whoMakesRoom(held, '192.0.2.1')).toBeUndefined();
    expect(whoMakesRoom(from(), '192.0.2.9')).toBeUndefined();
  });

  it('counts a /64 of IPv6 as one address', () => {
    const held = from('192.0.2.1', 'fd00:1:2:3::1', 'fd00:1:2:3::2', 'fd00:1:2:3:4::');
    expect(whoMakesRoom(held, '192.0.2.9')).toMatchObject({ at: 1 });
    expect(whoMakesRoom(held, 'fd00:1:2:3::9')).toBeUndefined();
  });
});
