/** Who is told what happens in the meeting. Owns these interfaces; the hub calls them. */
import type { Frame } from '../transport/frame.js';
import type { Participant, Stream } from './participant.js';

/** Who is told what happens. All calls are synchronous and must not throw. */
export interface HubSubscriber {
  onJoined?(participant: Participant): void;
  onLeft?(participant: Participant, reason: string): void;
  onStream?(participant: Participant, stream: Stream, reason?: string): void;
  /**
   * `lost`: frames of this stream that should have come between the last one and this one. A
   * subscriber that keeps frames without holding their lease says so with `keepsFrames`.
   */
  onFrame?(participant: Participant, stream: Stream, frame: Frame, lost: number): void;
  /** It keeps frames beyond `onFrame` and does not say until when: their memory is not used again. */
  readonly keepsFrames?: boolean;
  /** Something that the roster shows has changed in this room; `urgent`: it is needed at once. */
  onRoster?(room: string, urgent: boolean): void;
  onChat?(sender: ChatSender, text: string, atUs: number): void;
  onHand?(participant: Participant): void;
  onKicked?(participant: Participant): void;
  /** A newer session of the same key carries the participant on; its older connections end. */
  onTakenOver?(participant: Participant): void;
  /** Whether it wants this stream's frames now. Left out: never. */
  wants?(participant: Participant, stream: Stream): boolean;
  /** Frames that it wanted and that were not written to it, since it was too slow. */
  readonly unsentFrames?: number;
}

/** Who says something: a participant to its room, or the host (number 0) to all rooms. */
export interface ChatSender {
  readonly number: number;
  readonly name: string;
  readonly room: string | undefined;
}
