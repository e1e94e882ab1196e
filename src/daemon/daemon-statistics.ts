/**
 * The figures of a daemon and of its process, as its `stats` event has them. Owns the measuring of the
 * event loop's delay; the other figures are asked of those who count them.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

import type { HalfReceivedBudget } from '../transport/half-received.js';
import type { Admission } from './admission/admission.js';
import type { ConnectionLog } from './connection-log.js';
import type { DaemonEvent } from './events.js';
import { streamRows } from './hub-events.js';
import type { HeldConnections } from './held-connections.js';
import type { Hub } from './hub.js';

/** Who counts what. */
export interface DaemonCounts {
  readonly hub: Hub;
  readonly admission: Admission;
  readonly budget: HalfReceivedBudget;
  readonly log: ConnectionLog;
  readonly held: HeldConnections;
}

/** How finely the event loop's delay is sampled. */
const LOOP_RESOLUTION_MS = 10;

export class DaemonStatistics {
  readonly #counts: DaemonCounts;
  readonly #loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });

  constructor(counts: DaemonCounts) {
    this.#counts = counts;
  }

  /** Begins to measure the event loop's delay. */
  begin(): void {
    this.#loopDelay.enable();
  }

  /** The figures of this moment; rates are of the last whole second. */
  stats(connections: number): DaemonEvent & { event: 'stats' } {
    const { hub, admission, budget, log, held } = this.#counts;
    const participants = [...hub.participants];
    return {
      event: 'stats',
      streams: streamRows(hub),
      process: {
        connections,
        held: held.size,
        waiting: admission.room.entries.length,
        participants: participants.length,
        rssBytes: process.memoryUsage.rss(),
        away: participants.filter(({ away }) => away).length,
        halfReceivedBytes: budget.heldBytes,
        unsentFrames: hub.unsentFrames,
        faults: log.counts,
        loopDelayP99Ms: this.#loopDelayP99Ms(),
      },
    };
  }

  /** Forgets the event loop's delays so far, so that the next figures are of the time since. */
  resetLoopDelay(): void {
    this.#loopDelay.reset();
  }

  close(): void {
    this.#loopDelay.disable();
  }

  /** What Node measures is the time between two timers, so the timer's own interval is taken off. */
  #loopDelayP99Ms(): number {
    const delayMs = this.#loopDelay.percentile(99) / 1e6 - LOOP_RESOLUTION_MS;
    return Math.round(Math.max(0, delayMs) * 100) / 100;
  }
}
