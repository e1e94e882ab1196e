/**
 * What older clients see: another participant's camera on their video connection, the host's first.
 * Owns who sees whom and one conversion for each camera; the pool converts, off this thread.
 *
 *   hub.onFrame ──newest──> pool (JPEG to pickle, once a camera) ──> every older viewer that is ready
 */
import type { Frame } from '../transport/frame.js';
import type { HubSubscriber } from './hub-subscriber.js';
import type { Participant, Stream } from './participant.js';
import type { PicturePool, PictureStream } from './picture-encoding/picture-pool.js';

/** An older client's video connection, as far as it is written to. */
export interface OlderViewer {
  readonly participant: Participant;
  /** Whether the last picture has left: one is under way at a time. */
  readonly ready: boolean;
  /** A whole frame of the older framing: u64 length and pickle, shared by all viewers. */
  show(bytes: Buffer): void;
}

interface Camera {
  readonly pictures: PictureStream;
  /** The picture that is being converted. */
  underWay: Frame | undefined;
}

export class OlderFeed implements HubSubscriber {
  /** It keeps only the picture that is being converted. */
  readonly keepsFrames = false;
  readonly #pool: PicturePool;
  /** The session of the host's own share, where it has one. */
  readonly #hostSession: string | undefined;
  readonly #participants: () => Iterable<Participant>;
  /** Each viewer and the picture that it was shown last. */
  readonly #viewers = new Map<OlderViewer, Frame | undefined>();
  readonly #cameras = new Map<Participant, Camera>();

  constructor(
    pool: PicturePool,
    hostSession: string | undefined,
    participants: () => Iterable<Participant>,
  ) {
    this.#pool = pool;
    this.#hostSession = hostSession;
    this.#participants = participants;
  }

  add(viewer: OlderViewer): void {
    this.#viewers.set(viewer, undefined);
    this.refresh(viewer);
  }

  remove(viewer: OlderViewer): void {
    this.#viewers.delete(viewer);
  }

  /** The viewer is ready (again): it gets the newest picture, unless it has it. */
  refresh(viewer: OlderViewer): void {
    const chosen = this.#choose(viewer);
    if (chosen !== undefined) this.#convert(chosen);
  }

  wants(participant: Participant, stream: Stream): boolean {
    return (
      this.#viewers.size > 0 && stream.kind === 'video' && this.#viewersOf(participant).length > 0
    );
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame): void {
    if (stream.kind === 'video' && !frame.unchanged) this.#convert(participant);
  }

  /** Who sees whom may have changed. */
  onStream(): void {
    for (const viewer of this.#viewers.keys()) this.refresh(viewer);
  }

  onLeft(participant: Participant): void {
    this.#cameras.get(participant)?.pictures.close();
    this.#cameras.delete(participant);
    this.onStream();
  }

  /** One at a time: pictures that come meanwhile pass, and the newest of them is the next. */
  #convert(participant: Participant): void {
    const newest = participant.streams.get('video')?.newest;
    if (newest === undefined || this.#waiting(participant, newest).length === 0) return;
    const camera = this.#cameras.get(participant) ?? this.#open(participant);
    if (camera.underWay !== undefined) return;
    newest.lease?.keep();
    camera.underWay = newest;
    camera.pictures.offer(newest.payload, newest.capturedAtUs);
  }

  #open(participant: Participant): Camera {
    const converted = (bytes: Buffer | undefined): void => {
      const { underWay } = camera;
      camera.underWay = undefined;
      if (underWay === undefined) return;
      for (const viewer of this.#waiting(participant, underWay)) {
        this.#viewers.set(viewer, underWay);
        if (bytes !== undefined) viewer.show(bytes);
      }
      this.#convert(participant);
    };
    const camera: Camera = {
      underWay: undefined,
      pictures: this.#pool.open('to-older', {
        onPicture: ({ bytes }) => {
          converted(bytes);
        },
        onRefused: () => {
          converted(undefined);
        },
      }),
    };
    this.#cameras.set(participant, camera);
    return camera;
  }

  /** Who could be shown this picture now. */
  #waiting(participant: Participant, frame: Frame): OlderViewer[] {
    return this.#viewersOf(participant).filter(
      (viewer) => viewer.ready && this.#viewers.get(viewer) !== frame,
    );
  }

  #viewersOf(participant: Participant): OlderViewer[] {
    return [...this.#viewers.keys()].filter((viewer) => this.#choose(viewer) === participant);
  }

  /** The host's camera, else that of whoever came first, of those in the viewer's room. */
  #choose(viewer: OlderViewer): Participant | undefined {
    let first: Participant | undefined;
    for (const other of this.#participants()) {
      if (other === viewer.participant || other.room !== viewer.participant.room) continue;
      if (!isShown(other.streams.get('video'))) continue;
      if (other.session === this.#hostSession) return other;
      first ??= other;
    }
    return first;
  }
}

/** A camera that has said nothing yet counts: it may be waiting for somebody who wants it. */
function isShown(video: Stream | undefined): boolean {
  return video?.host === 'on' && (video.self !== 'off' || video.isUntold);
}
