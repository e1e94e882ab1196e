/**
 * What the daemon tells those who run it. Owns the shapes of its events; the command line adds the
 * time and writes them.
 */
import type { ErrorCode } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Actor, Origin, StreamState } from './participant.js';
import type { RecordingState } from './recording/recording.js';
import type { StreamFigures } from './stream-stats.js';

/** One stream in a `stats` event. */
export interface StreamRow extends StreamFigures {
  readonly participant: number;
  readonly name: string;
  readonly room: string;
  readonly kind: StreamKind;
  readonly state: StreamState;
  readonly by: Actor;
}

export type DaemonEvent =
  | {
      event: 'joined';
      participant: number;
      name: string;
      room: string;
      origin: Origin;
      address: string;
    }
  | { event: 'left'; participant: number; name: string; room: string; reason: string }
  | {
      event: 'stream';
      participant: number;
      name: string;
      kind: StreamKind;
      state: StreamState;
      by: Actor;
      reason?: string;
    }
  | { event: 'stats'; streams: StreamRow[]; process: ProcessFigures }
  | {
      event: 'recording';
      /** `removed`: retention deleted a segment. */
      state: RecordingState | 'removed';
      /** The recording's folder or file. */
      path: string;
      code?: ErrorCode;
      message?: string;
      written: number;
      dropped: number;
      writtenBytes: number;
    }
  | { event: 'chat'; participant: number; name: string; text: string }
  | { event: 'error'; code: ErrorCode; message: string; address?: string };

export interface ProcessFigures {
  readonly connections: number;
  readonly participants: number;
  readonly rssBytes: number;
  readonly halfReceivedBytes: number;
  /** 99th percentile of the event loop's delay over the last second, in ms. */
  readonly loopDelayP99Ms: number;
}
