// @ts-check
/**
 * What viewers of a relay notice of the dashboard of `meet serve`: the same streams with it, four
 * pictures moving in it, and without.
 */
import { makePictures } from '../measure/clip.mjs';
import { freePorts } from '../measure/free-ports.mjs';
import { alternate, median } from '../measure/median.mjs';
import { MANY_CONNECTIONS, relay } from '../measure/relayed.mjs';
import { atMostRatio } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';
import { openMeet, untilPictures } from '../measure/watching.mjs';

const ROUNDS = 3;
const SECONDS = 5;
const WARM_SECONDS = 2;
const TILES = 4;
const TILE_FPS = 15;
const TILE_SECONDS = 30;
const PICTURES = 60;
const SIZE = '640x360';
const SCREEN = { columns: 120, rows: 40 };
const WARM_MS = 1500;
const TIMEOUT_MS = 30_000;
const MOST = 1.2;

export const name = 'relay-dashboard';
export const atLeast = `relay p99 with the dashboard of serve open, ${TILES} tiles at ${TILE_FPS} fps: <= ${MOST} x of without`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const pictures = await makePictures(folder, PICTURES, SIZE);
    const { ours, reference } = await alternate(
      ROUNDS,
      () => p99Ms(pictures, ['--tui', '--no-play']),
      () => p99Ms(pictures, ['--no-tui']),
    );
    return [
      atMostRatio(
        {
          what: 'age p99 at the viewers',
          figure: median(ours),
          reference: median(reference),
          against: 'the same streams, no dashboard',
          unit: 'ms',
        },
        MOST,
      ),
    ];
  });
}

/**
 * @param {string} pictures
 * @param {readonly string[]} how
 */
async function p99Ms(pictures, how) {
  const [screen = 0, video = 0, audio = 0] = await freePorts(3);
  const ports = ['--ports', `${screen},${video},${audio}`];
  const args = ['serve', ...ports, '--no-record', ...MANY_CONNECTIONS, ...how];
  const serve = openMeet(args, SCREEN);
  const rate = { sharers: TILES, fps: TILE_FPS, seconds: TILE_SECONDS };
  const tiles = new Sending({ mode: 'tiles', port: video, pictures, ...rate });
  try {
    await tiles.next('the cameras are connected', TIMEOUT_MS);
    if (how.includes('--tui')) await untilPictures(serve);
    await sleep(WARM_MS);
    const length = { seconds: SECONDS, warmSeconds: WARM_SECONDS };
    return (await relay(serve.pid, screen, length)).p99Ms;
  } finally {
    await tiles.stop();
    await serve.stop();
  }
}
