import { describe, expect, it } from 'vitest';
import { BadCredentials } from '../../../src/daemon/admission/bad-credentials.js';
import { limitsWith } from '../../../src/transport/limits.js';
import { ManualClock } from '../../setup/manual-clock.js';

const LIMITS = { 'bad-credentials': 3, 'bad-credentials-ms': 10_000, 'refused-ms': 60_000 };

function scene(): { clock: ManualClock; bad: BadCredentials } {
  const clock = new ManualClock();
  return { clock, bad: new BadCredentials(clock, limitsWith(LIMITS)) };
}

describe('an address with bad credentials', () => {
  it('is refused after so many in that time, for a while', () => {
    const { clock, bad } = scene();
    for (let time = 0; time < 2; time += 1) bad.note('192.0.2.7');
    expect(bad.refusal('192.0.2.7')).toBeUndefined();
    bad.note('192.0.2.7');
    expect(bad.refusal('192.0.2.7')).toMatchObject({
      fault: { code: 'MEET_ADDRESS_REFUSED' },
      retryAfterMs: 60_000,
    });
    expect(bad.refusal('192.0.2.8')).toBeUndefined();
    clock.advance(59_999);
    expect(bad.refusal('192.0.2.7')).toMatchObject({ retryAfterMs: 1 });
    clock.advance(1);
    expect(bad.refusal('192.0.2.7')).toBeUndefined();
  });

  it('is not refused for as many over a longer time', () => {
    const { clock, bad } = scene();
    for (let time = 0; time < 10; time += 1) {
      bad.note('192.0.2.7');
      clock.advance(5001);
    }
    expect(bad.refusal('192.0.2.7')).toBeUndefined();
  });

  it('of IPv6 counts by its /64, however it is written', () => {
    const { bad } = scene();
    for (const address of ['2001:db8:0:7::1', '2001:db8::7:8:9:a:b', '2001:0DB8:0:7::ffff']) {
      bad.note(address);
    }
    expect(bad.refusal('2001:db8:0:7:aaaa::1')?.fault.message).toContain('2001:db8:0:7::/64');
    expect(bad.refusal('2001:db8:0:8::1')).toBeUndefined();
  });

  it('of IPv4 is the same one where it is written as IPv6', () => {
    const { bad } = scene();
    for (const address of ['192.0.2.7', '::ffff:192.0.2.7', '::FFFF:192.0.2.7']) bad.note(address);
    expect(bad.refusal('192.0.2.7')).toBeDefined();
    expect(bad.refusal('::ffff:192.0.2.8')).toBeUndefined();
  });
});
