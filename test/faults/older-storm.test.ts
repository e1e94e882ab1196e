import { describe, it } from 'vitest';
import { seedWanted } from '../fuzz/fuzz-run.js';
import { nearOnes, olderWeather } from './older-weather.js';

const seed = seedWanted();
const TIMEOUT_MS = 120_000 + 3000 * Number(process.env.MEET_STORM_SECONDS ?? 0);

describe(`older clients whose networks misbehave, by each fault alone and by all mixed (MEET_FUZZ_SEED=${seed})`, () => {
  it(
    'and a daemon are whole again within 5 s, with every frame accounted for and nothing left open',
    async () => {
      await olderWeather({ seed, bridged: false, at: nearOnes });
    },
    TIMEOUT_MS,
  );

  it(
    'and a bridge are whole again within 5 s, with every frame accounted for and nothing left open',
    async () => {
      await olderWeather({ seed, bridged: true, at: nearOnes });
    },
    TIMEOUT_MS,
  );
});
