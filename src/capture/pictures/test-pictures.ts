/**
 * The `test` source of screen and camera: the moving test picture at the rate that was wished. Owns
 * the frame number, which counts pictures that were given out; opens no device.
 */
import type { PictureKind } from '../../transport/stream-kind.js';
import { TEST_BACKEND } from '../backend-choice.js';
import type { Backend, OpenRequest, PictureWish } from '../source.js';
import { notPictures } from './device-faults.js';
import type { EncoderLoader } from './choose-encoder.js';
import { jpegEncoder } from './choose-encoder.js';
import type { TakenPicture } from './on-demand-pictures.js';
import { openOnDemand } from './on-demand-pictures.js';
import { fitInside } from './picture-fit.js';
import { TestPicture } from './test-picture.js';

/** The picture's own size in pixels; a smaller wish is drawn small, so that the text stays sharp. */
const OWN_SIZE = { width: 1280, height: 720 };

const TITLES: Readonly<Record<PictureKind, string>> = {
  screen: 'SCREEN TEST',
  video: 'VIDEO TEST',
};

/**
 * The backend of the test picture. Frame numbers begin with 0, wrap at 2^32, and have no gaps: a
 * number that a viewer misses was lost on the way.
 */
export function testPictures(kind: PictureKind, loadEncoder: EncoderLoader = jpegEncoder): Backend {
  return {
    name: TEST_BACKEND,
    kind,
    unavailable: () => Promise.resolve(undefined),
    devices: () => Promise.resolve([{ name: TEST_BACKEND, label: 'moving test picture' }]),
    open: (request) => {
      if (request.wish.kind !== kind) {
        return Promise.reject(notPictures(TEST_BACKEND, request.wish.kind));
      }
      return openOnDemand({
        request,
        wish: request.wish,
        backend: TEST_BACKEND,
        device: TEST_BACKEND,
        take: testTaker(request, request.wish, loadEncoder),
        release: () => Promise.resolve(),
      });
    },
  };
}

function testTaker(
  { context }: OpenRequest,
  wish: PictureWish,
  loadEncoder: EncoderLoader,
): () => Promise<TakenPicture> {
  const { width, height } = fitInside(OWN_SIZE, wish.maxWidth, wish.maxHeight);
  const picture = new TestPicture(width, height, TITLES[wish.kind]);
  let number = 0;
  return async () => {
    const encoder = await loadEncoder();
    const takenAtUs = context.clock.wallUs();
    const raw = picture.draw(number, takenAtUs);
    number = (number + 1) >>> 0;
    return { jpeg: await encoder.encodeRaw(raw, wish.quality), width, height, takenAtUs };
  };
}
