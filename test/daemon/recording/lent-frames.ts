/**
 * Frames in memory that will be used again, as the daemon's reader lends it: what is given back is
 * spoilt at once, so that whoever still reads it is found out.
 */
import type { Frame } from '../../../src/transport/frame.js';
import { RecordLease } from '../../../src/transport/record-memory.js';
import { sha256 } from './matroska-probe.js';

const SPOILT = 0xee;

export class LentFrames {
  /** Hashes of all payloads that were lent. */
  readonly payloads = new Set<string>();
  /** Frames that nobody held any more, in that order. */
  readonly givenBack: string[] = [];

  /** The frame as it comes from the reader, which has a hold on it until `handOver` returns. */
  lend(frame: Frame, handOver: (lent: Frame) => void): void {
    const label = `${frame.kind} ${frame.sequence}`;
    const lease = new RecordLease(frame.record, (memory) => {
      if (this.givenBack.includes(label)) throw new Error(`${label} was given back twice`);
      this.givenBack.push(label);
      memory.fill(SPOILT);
    });
    this.payloads.add(sha256(frame.payload));
    handOver({ ...frame, lease });
    lease.release();
  }
}
