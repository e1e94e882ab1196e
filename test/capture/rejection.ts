/** What a promise was rejected with, as a MeetError, so that a test can look at code and words. */
import { MeetError } from '../../src/transport/errors.js';

export async function rejectionOf(promise: Promise<unknown>): Promise<MeetError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
    throw new Error('expected a MeetError', { cause: thrown });
  }
  throw new Error('expected a MeetError, but nothing was thrown');
}
