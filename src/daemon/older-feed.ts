/**
 * What older clients see: another participant's camera on their video connection, the host's first.
 * Owns who sees whom and one conversion for each camera; the pool converts, off this thread.
 *
 *   hub.onFrame ──newest──> pool (JPEG to pickle, once a camera) ──> every older viewer that is ready
 */
import type { Frame } from '../transport/frame.js';
import type { HubSubscriber } from './hub.js';
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
  converting: boolean;
}

export class OlderFeed implements HubSubscriber {
  readonly #pool: PicturePool;
  /** The session of the host's own share, where it has one. */
  readonly #hostSession: string | undefined;
  readonly #participants: () => Iterable<Participant>;
  readonly #viewers = new Set<OlderViewer>();
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
    this.#viewers.add(viewer);
    const chosen = this.#choose(viewer);
    const newest = chosen?.streams.get('video')?.newest;
    if (chosen !== undefined && newest !== undefined) this.#convert(chosen, newest);
  }

  remove(viewer: OlderViewer): void {
    this.#viewers.delete(viewer);
  }

  wants(participant: Participant, stream: Stream): boolean {
    return stream.kind === 'video' && this.#viewersOf(participant).length > 0;
  }

  onFrame(participant: Participant, stream: Stream, frame: Frame): void {
    if (stream.kind === 'video' && !frame.unchanged) this.#convert(participant, frame);
  }

  onLeft(participant: Participant): void {
    this.#cameras.get(participant)?.pictures.close();
    this.#cameras.delete(participant);
  }

  #convert(participant: Participant, frame: Frame): void {
    if (!this.#viewersOf(participant).some((viewer) => viewer.ready)) return;
    const camera = this.#cameras.get(participant) ?? this.#open(participant);
    // While one is converted the next ones pass: the viewers get the newest after it.
    if (camera.converting) return;
    camera.converting = true;
    camera.pictures.offer(frame.payload, frame.capturedAtUs);
  }

  #open(participant: Participant): Camera {
    const camera: Camera = {
      converting: false,
      pictures: this.#pool.open('to-older', {
        onPicture: ({ bytes }) => {
          camera.converting = false;
          for (const viewer of this.#viewersOf(participant)) if (viewer.ready) viewer.show(bytes);
        },
        onRefused: () => {
          camera.converting = false;
        },
      }),
    };
    this.#cameras.set(participant, camera);
    return camera;
  }

  #viewersOf(participant: Participant): OlderViewer[] {
    return [...this.#viewers].filter((viewer) => this.#choose(viewer) === participant);
  }

  /** The host's camera, else that of whoever came first, of those in the viewer's room. */
  #choose(viewer: OlderViewer): Participant | undefined {
    let first: Participant | undefined;
    for (const other of this.#participants()) {
      const video = other.streams.get('video');
      const seen = video?.host === 'on' && video.self !== 'off';
      const fresh = video !== undefined && video.host === 'on' && video.newest === undefined;
      if (other === viewer.participant || other.room !== viewer.participant.room) continue;
      if (!seen && !fresh) continue;
      if (other.session === this.#hostSession) return other;
      first ??= other;
    }
    return first;
  }
}
