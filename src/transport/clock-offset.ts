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
  #samples: { offsetUs: number; roundTripUs: number }[] = [];
  #leastRoundTripUs: number | undefined;

  /** Their clock minus ours, in microseconds; undefined until the first pong. */
  get offsetUs(): number | undefined {
    return this.#best()?.offsetUs;
  }

  /** Shortest round trip of late, in microseconds; undefined until the first pong. */
  get roundTripUs(): number | undefined {
    return this.#best()?.roundTripUs;
  }

  /**
   * Shortest round trip of all, in microseconds; undefined until the first pong. What a link takes
   * when nothing of ours waits in it: late ones hold the time of pictures that were under way.
   */
  get leastRoundTripUs(): number | undefined {
    return this.#leastRoundTripUs;
  }

  add(times: PingTimes): void {
    const { sentAtUs, receivedAtUs, answeredAtUs, returnedAtUs } = times;
    const roundTripUs = Math.max(0, returnedAtUs - sentAtUs - (answeredAtUs - receivedAtUs));
    const offsetUs = Math.round((receivedAtUs - sentAtUs + (answeredAtUs - returnedAtUs)) / 2);
    // A sample is wrong by half its round trip at most. One that contradicts the newest by more than
    // that is of the time before a clock was set.
    this.#samples = this.#samples.filter(
      (sample) =>
        Math.abs(sample.offsetUs - offsetUs) <= (sample.roundTripUs + roundTripUs) / 2 + DRIFT_US,
    );
    this.#samples.push({ offsetUs, roundTripUs });
    this.#leastRoundTripUs = Math.min(this.#leastRoundTripUs ?? Infinity, roundTripUs);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  #best(): { offsetUs: number; roundTripUs: number } | undefined {
    return this.#samples.reduce<{ offsetUs: number; roundTripUs: number } | undefined>(
      (best, sample) =>
        best === undefined || sample.roundTripUs < best.roundTripUs ? sample : best,
      undefined,
    );
  }
}
