/**
 * How far the peer's wall clock is from ours, from ping and pong. Owns the estimate: the sample with
 * the shortest round trip of the last eight (NTP's clock filter, RFC 5905 section 10).
 */

/** Four times in microseconds since the Unix epoch: ours, theirs, theirs, ours. */
export interface PingTimes {
  readonly sentAtUs: number;
  readonly receivedAtUs: number;
  readonly answeredAtUs: number;
  readonly returnedAtUs: number;
}

const SAMPLES = 8;
/** Two clocks drift apart by less than this while eight samples are taken: 100 ppm of 80 s. */
const DRIFT_US = 10_000;

export class ClockOffset {
  #samples: readonly { readonly offsetUs: number; readonly roundTripUs: number }[] = [];

  /** Their clock minus ours, in microseconds; undefined until the first pong. */
  get offsetUs(): number | undefined {
    return this.#best()?.offsetUs;
  }

  /** Shortest round trip of late, in microseconds; undefined until the first pong. */
  get roundTripUs(): number | undefined {
    return this.#best()?.roundTripUs;
  }

  /** Returns its round trip, in microseconds. */
  add(times: PingTimes): number {
    const { sentAtUs, receivedAtUs, answeredAtUs, returnedAtUs } = times;
    const roundTripUs = Math.max(0, returnedAtUs - sentAtUs - (answeredAtUs - receivedAtUs));
    const offsetUs = Math.round((receivedAtUs - sentAtUs + (answeredAtUs - returnedAtUs)) / 2);
    // A sample is wrong by half its round trip at most. One that contradicts the newest by more than
    // that is of the time before a clock was set.
    const kept = this.#samples.filter(
      (sample) =>
        Math.abs(sample.offsetUs - offsetUs) <= (sample.roundTripUs + roundTripUs) / 2 + DRIFT_US,
    );
    this.#samples = [...kept.slice(1 - SAMPLES), { offsetUs, roundTripUs }];
    return roundTripUs;
  }

  #best(): { offsetUs: number; roundTripUs: number } | undefined {
    return this.#samples.reduce<{ offsetUs: number; roundTripUs: number } | undefined>(
      (best, sample) =>
        best === undefined || sample.roundTripUs < best.roundTripUs ? sample : best,
      undefined,
    );
  }
}
