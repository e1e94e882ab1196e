/**
 * A sharer and a viewer of one daemon, for tests of what is relayed while something else fails. Owns that
 * no picture is sent before the last one was seen: so none may be left out.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { NativeClient } from '../setup/native-client.js';

/** Half a second of pictures, which is one append, is well below half of a disk of 1 MB. */
const PAUSE_MS = 15;
const PONGS = { wallUs: () => Date.now() * 1000 };

/** A sharer and a viewer in step: the next picture goes when the last one has come. */
export class WatchedShare {
  #sent = 0;

  readonly sharer: NativeClient;
  readonly viewer: NativeClient;
  readonly picture: Buffer;

  private constructor(sharer: NativeClient, viewer: NativeClient, picture: Buffer) {
    this.sharer = sharer;
    this.viewer = viewer;
    this.picture = picture;
  }

  static async join(port: number, picture: Buffer): Promise<WatchedShare> {
    const viewer = await NativeClient.join(
      port,
      'screen',
      { role: 'subscribe', name: 'viewer' },
      PONGS,
    );
    viewer.acknowledges = true;
    const sharer = await NativeClient.join(port, 'screen', { name: 'Kiosk' }, PONGS);
    return new WatchedShare(sharer, viewer, picture);
  }

  get sent(): number {
    return this.#sent;
  }

  /** Sends until `isOver` says so; rejects when a picture does not come as it was sent. */
  async sendUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) await this.send();
  }

  async send(): Promise<void> {
    const sequence = this.#sent;
    this.#sent += 1;
    const fields = { sequence, capturedAtUs: Date.now() * 1000 };
    this.sharer.sendPicture(fields, this.picture);
    const seen = await this.viewer.media.first((media) => media.sequence === sequence, sequence);
    if (!seen.payload.equals(this.picture)) throw new Error(`picture ${sequence} came as another`);
    await delay(PAUSE_MS);
  }
}
