import { describe, expect, it } from 'vitest';
import type { JudgedGuest } from '../../src/daemon/wordless.js';
import { WordlessGuests } from '../../src/daemon/wordless.js';
import { MeetError } from '../../src/transport/errors.js';
import { RunningDaemon } from '../setup/running-daemon.js';

/** One who was not let in. */
class Flooding implements JudgedGuest {
  readonly address = '198.18.0.1';
  readonly participant = undefined;
  readonly cuts: string[] = [];
  readonly #floods: boolean;

  constructor(floods: boolean) {
    this.#floods = floods;
  }

  wordlessFault(): MeetError | undefined {
    if (!this.#floods || this.cuts.length > 0) return undefined;
    return new MeetError('MEET_TLS_FAILED', 'it says nothing');
  }

  cut({ message }: MeetError): void {
    this.cuts.push(message);
  }
}

describe('of those whose TLS says nothing', () => {
  it('all that came together are cut with the first one, in the same turn, and nobody else', async () => {
    const { daemon } = await RunningDaemon.start();
    const guests = [true, false, true, true].map((floods) => new Flooding(floods));
    const judge = new WordlessGuests(daemon.admission, () => guests);
    for (const guest of guests.slice(0, 2)) judge.judge(guest);
    expect(guests.map(({ cuts }) => cuts.length)).toEqual([1, 0, 1, 1]);
  });

  it('nobody is looked at for one who says enough', async () => {
    const { daemon } = await RunningDaemon.start();
    const guests = [false, true].map((floods) => new Flooding(floods));
    const judge = new WordlessGuests(daemon.admission, () => guests);
    for (const guest of guests.slice(0, 1)) judge.judge(guest);
    expect(guests.map(({ cuts }) => cuts.length)).toEqual([0, 0]);
  });
});
