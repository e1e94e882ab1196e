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

export class ClockOffset {
  readonly #samples: { offsetUs: number; roundTripUs: number }[] = [];

  /** Their clock minus ours, in microseconds; undefined until the first pong. */
  get offsetUs(): number | undefined {
    return this.#best()?.offsetUs;
  }

  /** Shortest round trip of late, in microseconds; undefined until the first pong. */
  get roundTripUs(): number | undefined {
    return this.#best()?.roundTripUs;
  }

  add(times: PingTimes): void {
    const { sentAtUs, receivedAtUs, answeredAtUs, returnedAtUs } = times;
    const roundTripUs = Math.max(0, returnedAtUs - sentAtUs - (answeredAtUs - receivedAtUs));
    const offsetUs = Math.round((receivedAtUs - sentAtUs + (answeredAtUs - returnedAtUs)) / 2);
    this.#samples.push({ offsetUs, roundTripUs });
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
