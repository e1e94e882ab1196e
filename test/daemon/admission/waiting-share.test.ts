import { describe, expect, it } from 'vitest';
import type { NativeClient } from '../../setup/native-client.js';
import { speaksIpv6, useElsewhere, useElsewhere6 } from '../../setup/elsewhere.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { admit, greeted, opened } from './admission-scene.js';

const LIMITS = { 'early-drop-begin': 2, 'early-drop-full': 6, 'connections-per-address': 64 };

const waiting = (daemon: RunningDaemon): string[] =>
  daemon.daemon.admission.room.entries.map(({ applicant }) => applicant.name);

async function comes(
  daemon: RunningDaemon,
  name: string,
  from: string,
): Promise<{ client: NativeClient; answer: string }> {
  const host = from.includes(':') ? { host: '::1' } : {};
  const client = await opened(daemon, { localAddress: from, ...host });
  return { client, answer: await greeted(client, { name }) };
}

/** Six names of one address. */
async function filled(daemon: RunningDaemon, from: (n: number) => string): Promise<NativeClient[]> {
  const clients = [];
  for (let number = 1; number <= 6; number += 1) {
    const { client, answer } = await comes(daemon, `hall ${number}`, from(number));
    expect(answer).toBe('waiting');
    clients.push(client);
  }
  return clients;
}

describe.skipIf(needs('ip'))('one address that fills the waiting room', () => {
  const { address } = useElsewhere();

  it('does not keep others out: the last of its own make room, until all have as many', async () => {
    const daemon = await RunningDaemon.start({ rules: {}, limits: LIMITS, random: () => 0.99 });
    const hall = await filled(daemon, () => address(1));
    expect((await comes(daemon, 'hall 7', address(1))).answer).toBe('MEET_WAITING_FULL');
    const answers = [];
    for (let number = 1; number <= 4; number += 1) {
      answers.push((await comes(daemon, `other ${number}`, address(2))).answer);
    }
    expect(answers).toEqual(['waiting', 'waiting', 'waiting', 'MEET_WAITING_FULL']);
    expect(waiting(daemon)).toEqual([
      ...['hall 1', 'hall 2', 'hall 3', 'other 1', 'other 2', 'other 3'],
    ]);
    const refused = await hall[5]?.answer('refused');
    expect(refused).toMatchObject({ code: 'MEET_WAITING_FULL' });
    expect(hall.map(({ isClosed }) => isClosed).slice(0, 3)).toEqual([false, false, false]);
    // Whoever is let in leaves a place.
    admit(daemon, 'hall 1');
    expect((await comes(daemon, 'hall 8', address(1))).answer).toBe('waiting');
  });

  it('is not turned away at random while others are fewer, nor made to leave before it is full', async () => {
    const daemon = await RunningDaemon.start({ rules: {}, limits: LIMITS, random: () => 0 });
    for (const name of ['hall 1', 'hall 2']) {
      expect((await comes(daemon, name, address(1))).answer).toBe('waiting');
    }
    expect((await comes(daemon, 'hall 3', address(1))).answer).toBe('MEET_WAITING_FULL');
    expect((await comes(daemon, 'other', address(2))).answer).toBe('waiting');
    expect(waiting(daemon)).toEqual(['hall 1', 'hall 2', 'other']);
  });
});

// A machine whose IPv6 is turned off has nobody who comes by it.
if (speaksIpv6()) {
  describe.skipIf(needs('ip'))('one network of IPv6 that fills the waiting room', () => {
    const { address } = useElsewhere6();

    it('is an address, whichever of its own it uses', async () => {
      const options = { host: '::', rules: {}, limits: LIMITS, random: () => 0.99 };
      const daemon = await RunningDaemon.start(options);
      await filled(daemon, (number) => address(1, 1 + (number % 3)));
      expect((await comes(daemon, 'hall 7', address(1, 1))).answer).toBe('MEET_WAITING_FULL');
      expect((await comes(daemon, 'other', address(2, 1))).answer).toBe('waiting');
      expect(waiting(daemon)).toHaveLength(6);
      expect(waiting(daemon)).toContain('other');
    });
  });
}
