/**
 * What every capture backend is: a running device that gives frames until it is closed. Owns the
 * interface that screen, camera, microphone, `test` and `file:` share; opens nothing itself.
 *
 *   backend.open() ── Source ── onCapture(captured) ──> share: same as last? ──> connection
 *                        │
 *                        └───── onFault(MeetError) ───> share: say it, wait, open again
 */
import type { MeetError } from '../transport/errors.js';
import type { Clock } from '../transport/clock.js';
import type { StreamFormat, StreamKind } from '../transport/stream-kind.js';

/** One picture (a whole JPEG) or one chunk of sound (20 ms of PCM s16le). */
export interface Captured {
  readonly payload: Buffer;
  /** Microseconds since the Unix epoch: when the picture was taken, or the chunk's first sample. */
  readonly capturedAtUs: number;
  /** Microseconds from capture to encoded. */
  readonly encodedAfterUs: number;
}

/** What a source calls. Both are synchronous; neither may throw. */
export interface SourceSink {
  onCapture(captured: Captured): void;
  /** The source has ended by a fault; nothing more comes. Called at most once. */
  onFault(fault: MeetError): void;
  /**
   * Whether a picture taken now would go out at once. Sources that take pictures on demand wait
   * while this is false; sources that are pushed (ffmpeg) may ignore it.
   */
  ready(): boolean;
}

/** What the user asked for, already validated. Pictures never get larger than the device gives. */
export interface PictureWish {
  readonly kind: 'screen' | 'video';
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** 1 to 60. */
  readonly fps: number;
  /** JPEG quality, 1 to 100, as libjpeg counts it. */
  readonly quality: number;
}

export interface SoundWish {
  readonly kind: 'audio';
}

export type Wish = PictureWish | SoundWish;

/** A running capture. */
export interface Source {
  readonly kind: StreamKind;
  /** The backend's name as `meet devices` shows it: `ffmpeg-x11grab`, `test`, … */
  readonly backend: string;
  /** The device's name: `:99`, `/dev/video0`, `mic.monitor`, `test`, `file:clip.mp4`. */
  readonly device: string;
  /** For pictures: the size that is sent. Known when `open` resolves. */
  readonly format: StreamFormat;
  /** Stops and waits until the device, child processes and timers are gone. Idempotent. */
  close(): Promise<void>;
}

/** What backends need of the world; only `src/cli` builds the real one. */
export interface CaptureContext {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Absolute path of a program on PATH, or undefined. */
  findProgram(name: string): string | undefined;
}

/** One way to capture one kind. */
export interface Backend {
  readonly name: string;
  readonly kind: StreamKind;
  /**
   * undefined when it can be used here, else why not, with the words that mend it. A `device` that is
   * about to be opened may be reachable where the best one is not (an X display in Wayland).
   */
  unavailable(context: CaptureContext, device?: string): Promise<MeetError | undefined>;
  /** Names of devices that `open` takes, best first; empty when there are none. */
  devices(context: CaptureContext): Promise<readonly Device[]>;
  /**
   * Opens a device (undefined: the best one) and resolves when its first frame has come, so that a
   * source that opens but gives nothing is a fault here. Rejects with a MeetError.
   */
  open(request: OpenRequest): Promise<Source>;
}

export interface Device {
  readonly name: string;
  /** A person's words for it: `Xvfb screen 1920x1080`, `Monitor of Null Output`. */
  readonly label: string;
}

export interface OpenRequest {
  readonly context: CaptureContext;
  readonly device: string | undefined;
  readonly wish: Wish;
  readonly sink: SourceSink;
  /** Aborting while it opens ends the attempt. */
  readonly signal: AbortSignal;
}
