/**
 * What the daemon tells those who run it. Owns the shapes of its events; the command line adds the
 * time and writes them.
 */
import type { Role } from '../transport/admission-records.js';
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
      /** Not told to participants who are no hosts. */
      address?: string;
      /** What it sends and gets crosses a network unencrypted. */
      plaintext: boolean;
      fingerprint?: string;
    }
  | {
      /** Somebody waits to be let in, or does so no more. */
      event: 'waiting';
      state: 'begun' | 'ended';
      number: number;
      name: string;
      room: string;
      address: string;
      origin: Origin;
      plaintext: boolean;
      since: string;
      fingerprint?: string;
      /** Why a host should look twice at the name. */
      caution?: string;
    }
  | {
      event: 'admitted';
      name: string;
      role: Role;
      by: string;
      address: string;
      fingerprint?: string;
    }
  | { event: 'left'; participant: number; name: string; room: string; reason: string }
  | {
      event: 'stream';
      participant: number;
      name: string;
      room: string;
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
  /** Without a room: the host says it, to all rooms. */
  | { event: 'chat'; participant: number; name: string; room?: string; text: string }
  | { event: 'hand'; participant: number; name: string; room: string; up: boolean }
  | { event: 'error'; code: ErrorCode; message: string; address?: string };

export interface ProcessFigures {
  readonly connections: number;
  /** Connections that are not read until it is their turn: their addresses broke the protocol. */
  readonly held: number;
  /** Participants that wait to be let in. */
  readonly waiting: number;
  readonly participants: number;
  readonly rssBytes: number;
  /** Participants whose connections are lost, and who may come back. */
  readonly away: number;
  readonly halfReceivedBytes: number;
  /** Frames that viewers did not get, since a newer one came before they had taken the last. */
  readonly unsentFrames: number;
  /** How often each code was met with peers since the start. */
  readonly faults: Readonly<Partial<Record<ErrorCode, number>>>;
  /** 99th percentile of the event loop's delay over the last second, in ms. */
  readonly loopDelayP99Ms: number;
}
