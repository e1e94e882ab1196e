/** What a call throws, for tests that look at its code and words. */
import { MeetError } from '../../../src/transport/errors.js';

/** Calls `run` and returns the MeetError that it throws; anything else is a failure of the test. */
export function thrownBy(run: () => unknown): MeetError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}
