/** A sink for tests: keeps what a source gave and lets a test await it. */
import { EventEmitter, once } from 'node:events';
import type { MeetError } from '../../../src/transport/errors.js';
import type { Captured, SourceSink } from '../../../src/capture/source.js';

export class TestSink implements SourceSink {
  readonly captured: Captured[] = [];
  readonly faults: MeetError[] = [];
  isReady = true;
  readonly #events = new EventEmitter();

  onCapture(captured: Captured): void {
    this.captured.push(captured);
    this.#events.emit('change');
  }

  onFault(fault: MeetError): void {
    this.faults.push(fault);
    this.#events.emit('change');
  }

  ready(): boolean {
    this.#events.emit('asked');
    return this.isReady;
  }

  /** Resolves with all pictures once there are so many; rejects with a fault that comes before. */
  async pictures(count: number): Promise<readonly Captured[]> {
    while (this.captured.length < count) {
      if (this.faults[0] !== undefined) throw this.faults[0];
      await once(this.#events, 'change');
    }
    return this.captured;
  }

  /** Resolves when the source has asked so often whether a picture would go out. */
  async asked(times: number): Promise<void> {
    for (let count = 0; count < times; count += 1) await once(this.#events, 'asked');
  }

  async fault(): Promise<MeetError> {
    for (;;) {
      const [fault] = this.faults;
      if (fault !== undefined) return fault;
      await once(this.#events, 'change');
    }
  }
}
