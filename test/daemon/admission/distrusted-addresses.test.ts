import { describe, expect, it } from 'vitest';
import { DistrustedAddresses } from '../../../src/daemon/admission/distrusted-addresses.js';
import { HeldConnections } from '../../../src/daemon/held-connections.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { ManualClock } from '../../setup/manual-clock.js';

const MINUTE_MS = 60_000;

/** What may come at once has been used up, unless there is a `burst`. */
function scene(
  perSecond: number,
  { burst = false, most = 1024, random = 0, isShared = true } = {},
): {
  clock: ManualClock;
  distrusted: DistrustedAddresses;
  held: HeldConnections;
  /** What became of each connection, in order. */
  told: string[];
  /** Comes, and is held or let through. */
  comes: (address: string, name?: string) => void;
} {
  const clock = new ManualClock();
  const limits = limitsWith({ 'distrusted-per-second': perSecond, connections: 4 });
  const distrusted = new DistrustedAddresses(clock, limits);
  const held = new HeldConnections({
    ...{ distrusted, clock, limits, most },
    random: () => random,
    isNeeded: () => isShared,
  });
  const told: string[] = [];
  const comes = (address: string, name = address): void => {
    const enter = (): void => {
      told.push(name);
    };
    const drop = (): void => {
      told.push(`${name} dropped`);
    };
    if (!held.mustWait(address)) enter();
    else if (!held.add({ address, enter, drop })) told.push(`${name} turned away`);
  };
  distrusted.note('192.0.2.200');
  while (isShared && !burst && !held.mustWait('192.0.2.200'));
  return { clock, distrusted, held, told, comes };
}

describe('an address of which a connection was cut for what it did', () => {
  it('is distrusted for distrusted-ms after the last time, all of its IPv6 /64 with it', () => {
    const { clock, distrusted } = scene(1);
    distrusted.note('192.0.2.7');
    distrusted.note('fd00:1:2:3::1');
    const are = (...addresses: string[]): boolean[] =>
      addresses.map((address) => distrusted.get(address) !== undefined);
    expect(are('192.0.2.7', 'fd00:1:2:3::9')).toEqual([true, true]);
    expect(are('192.0.2.8', 'fd00:1:2:4::1')).toEqual([false, false]);
    clock.advance(MINUTE_MS - 1);
    distrusted.note('192.0.2.7');
    clock.advance(1);
    expect(are('192.0.2.7', 'fd00:1:2:3::9')).toEqual([true, false]);
    clock.advance(MINUTE_MS - 1);
    expect(are('192.0.2.7')).toEqual([false]);
  });

  it('is forgotten when 10,000 others were cut later', () => {
    const { distrusted } = scene(1);
    distrusted.note('192.0.2.7');
    for (let other = 0; other < 9_999; other += 1) {
      distrusted.note(`198.18.${other >> 8}.${other & 255}`);
    }
    expect(distrusted.get('192.0.2.7')).toBeDefined();
    distrusted.note('192.0.2.8');
    expect(distrusted.get('192.0.2.7')).toBeUndefined();
  });
});

describe('connections of distrusted addresses', () => {
  it('are let through, so many a second in all; others do not wait', () => {
    const { clock, distrusted, held, told, comes } = scene(2);
    for (const end of [1, 2, 3]) distrusted.note(`192.0.2.${end}`);
    for (const end of [1, 2, 3, 9]) comes(`192.0.2.${end}`);
    expect(told).toEqual(['192.0.2.9']);
    expect(held.size).toBe(3);
    clock.advance(499);
    expect(told).toHaveLength(1);
    clock.advance(1);
    expect(told).toHaveLength(2);
    clock.advance(1000);
    expect([...told].sort()).toEqual([1, 2, 3, 9].map((end) => `192.0.2.${end}`));
    expect(held.size).toBe(0);
  });

  it('do not wait while nobody shares anything', () => {
    const { distrusted, held, told, comes } = scene(1, { isShared: false });
    distrusted.note('192.0.2.1');
    for (let count = 0; count < 100; count += 1) comes('192.0.2.1');
    expect([told.length, held.size]).toEqual([100, 0]);
    expect(held.closeLate({ drop: () => undefined })).toBe(false);
  });

  it('may come at once where there were few for a while: twice a listener’s places', () => {
    const { clock, distrusted, held, told, comes } = scene(2, { burst: true });
    distrusted.note('192.0.2.1');
    for (let count = 0; count < 9; count += 1) comes('192.0.2.1');
    expect([told.length, held.size]).toEqual([8, 1]);
    clock.advance(500);
    expect([told.length, held.size]).toEqual([9, 0]);
  });

  it.each([
    ['give back what they took where they are let in and not cut at once', true, false, 17],
    ['give back nothing where nobody is let in', false, false, 10],
    ['give back nothing where one is cut', true, true, 10],
  ])('%s', (_, isLetIn, isCut, through) => {
    const { clock, distrusted, told, comes } = scene(2, { burst: true });
    distrusted.note('192.0.2.1');
    clock.advance(1000);
    for (let count = 0; count < 20; count += 1) comes('192.0.2.1');
    if (isLetIn) distrusted.noteLetIn('192.0.2.1');
    expect(told.length).toBe(8);
    clock.advance(999);
    if (isCut) distrusted.note('192.0.2.1');
    // Two a second, and those that were given back one at each look; no more than at first at once.
    clock.advance(300);
    expect(told.length).toBe(through);
  });

  it('come from the address first that had its last turn longest ago, however many another brings', () => {
    const { clock, distrusted, told, comes } = scene(1);
    distrusted.note('192.0.2.1');
    comes('192.0.2.1', 'first');
    clock.advance(1000);
    for (const end of [2, 3]) distrusted.note(`192.0.2.${end}`);
    for (const name of ['a', 'b', 'c', 'd']) comes('192.0.2.2', name);
    comes('192.0.2.3', 'other');
    for (let second = 0; second < 4; second += 1) clock.advance(1000);
    comes('192.0.2.3', 'other again');
    clock.advance(999);
    expect(told).toEqual(['first', 'other', 'd', 'c', 'b']);
    comes('192.0.2.1', 'again');
    clock.advance(1);
    expect(told.at(-1)).toBe('again');
  });

  it('are dropped after the 5 s that a client waits for', () => {
    const { clock, distrusted, held, told, comes } = scene(1);
    distrusted.note('192.0.2.1');
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) comes('192.0.2.1', name);
    clock.advance(4999);
    expect(told).toEqual(['h', 'g', 'f', 'e']);
    clock.advance(1);
    expect(told.slice(4)).toEqual(['a dropped', 'b dropped', 'c dropped', 'd dropped']);
    expect(held.size).toBe(0);
    clock.advance(MINUTE_MS);
    expect(told).toHaveLength(8);
  });

  it.each([
    [0, ['c', 'b', 'a']],
    [0.49, ['b', 'c', 'a']],
    [0.99, ['a', 'b', 'c']],
  ])('of one address go in the order that chance gives: %s', (random, order) => {
    const { clock, distrusted, told, comes } = scene(1, { random });
    distrusted.note('192.0.2.1');
    for (const name of ['a', 'b', 'c']) comes('192.0.2.1', name);
    clock.advance(3000);
    expect(told).toEqual(order);
  });

  it('of one address have the same odds, those that came before its last breach, too', () => {
    const { clock, distrusted, told, comes } = scene(1);
    distrusted.note('192.0.2.1');
    comes('192.0.2.1', 'a');
    for (const name of ['b', 'c', 'd']) {
      comes('192.0.2.1', name);
      clock.advance(1000);
      distrusted.note('192.0.2.1');
    }
    clock.advance(1000);
    expect(told).toEqual(['b', 'c', 'd', 'a']);
  });

  it('are turned away where as many of their address are held as it may have, or as many in all', () => {
    const { distrusted, held, told, comes } = scene(1, { most: 50 });
    for (const end of [1, 2]) distrusted.note(`192.0.2.${end}`);
    for (let count = 0; count < 49; count += 1) comes('192.0.2.1', String(count));
    expect(told).toEqual(['48 turned away']);
    for (const name of ['a', 'b', 'c']) comes('192.0.2.2', name);
    expect(told.slice(1)).toEqual(['c turned away']);
    expect(held.size).toBe(50);
  });

  it('have half of the room for themselves, whoever else was turned away; those are closed late', () => {
    const { clock, distrusted, held, told, comes } = scene(1, { most: 4 });
    const late = (name: string): boolean => held.closeLate({ drop: () => told.push(name) });
    expect(['a', 'b', 'c'].map(late)).toEqual([true, true, false]);
    distrusted.note('192.0.2.1');
    comes('192.0.2.1', 'one');
    comes('192.0.2.1', 'two');
    expect([held.size, late('d'), told.length]).toEqual([4, false, 0]);
    clock.advance(1000);
    expect(told).toEqual(['two']);
    clock.advance(4000);
    expect(told).toEqual(['two', 'one', 'a', 'b']);
    expect(held.size).toBe(0);
  });

  it('are dropped a few at a time, so that a picture passes in between', () => {
    const { clock, held, told } = scene(1);
    for (let count = 0; count < 20; count += 1) held.closeLate({ drop: () => told.push('late') });
    const dropped = [5000, 20, 20].map((ms) => {
      clock.advance(ms);
      return told.length;
    });
    expect(dropped).toEqual([8, 16, 20]);
  });

  it('are all dropped at the end, and nobody is let through after it', () => {
    const { clock, distrusted, held, told, comes } = scene(1);
    distrusted.note('192.0.2.1');
    for (const name of ['a', 'b', 'c']) comes('192.0.2.1', name);
    held.close();
    held.close();
    clock.advance(MINUTE_MS);
    expect(told).toEqual(['a dropped', 'b dropped', 'c dropped']);
  });
});
