/** The clock of recordings in tests: it begins when theirs do. */
import { ManualClock as AnyManualClock } from '../../setup/manual-clock.js';
import { STARTED_AT_US } from './frames.js';

export class ManualClock extends AnyManualClock {
  constructor() {
    super(STARTED_AT_US);
  }
}
