import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TestPicture } from '../../src/capture/pictures/test-picture.js';
import type { Bitmap } from '../../src/tui/pictures/picture-encoder.js';
import { freePorts, portsText } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { CELL_ACROSS, CELL_DOWN, drawCells } from '../tui/pictures/cell-pixels.js';
import { blurredPsnr, resized, samplePicture } from '../tui/pictures/sample-picture.js';
import { Meeting } from './meeting.js';
import type { ShownPicture } from './tmux-panes.js';
import { TmuxPanes } from './tmux-panes.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const SIZE = { width: 1280, height: 720 };
let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

function testPicture(): Bitmap {
  const { data } = new TestPicture(SIZE.width, SIZE.height, 'SCREEN TEST').draw(40, 0);
  return { ...SIZE, rgb: data };
}

/** How like two pictures the one on a screen is, in dB. */
async function likeness(
  { cells, columns, rows }: ShownPicture,
  ...pictures: readonly Bitmap[]
): Promise<number[]> {
  const size = { width: columns * CELL_ACROSS, height: rows * CELL_DOWN };
  const shown = drawCells(cells, columns);
  return Promise.all(
    pictures.map(async (picture) => blurredPsnr(shown, await resized(picture, size))),
  );
}

describe('a daemon and two participants in three panes of tmux', () => {
  it.skipIf(needs('tmux'))(
    'see each other, hear who turned what off, talk, and leave their terminals as they were',
    { timeout: 120_000 },
    async () => {
      const bobs = samplePicture(SIZE, 2);
      const path = join(meeting.cwd, 'bob.png');
      await sharp(bobs.rgb, { raw: { ...SIZE, channels: 3 } }).toFile(path);
      const ports = portsText(await freePorts());
      // What the terminal is set to before and after goes into files: panes change their size.
      const meet = (words: string): string =>
        `stty -a >$TMUX_PANE.before; ${process.execPath} ${MEET} ${words} --ports ${ports}; ` +
        `code=$?; stty -a >$TMUX_PANE.after; echo "code $code"`;
      const { cwd, env } = meeting;
      await using panes = new TmuxPanes({ columns: 242, rows: 40, cwd, env });
      const host = await panes.open(meet('serve --no-record --no-play'));
      await panes.shows(host, /Nobody else shares anything yet/u);
      const join_ = 'join --no-play --picture half --wait 20';
      const ada = await panes.open(meet(`${join_} --name ada --screen test --audio test`));
      await panes.shows(host, /ada · screen +● live/u);
      const bob = await panes.open(meet(`${join_} --name bob --screen file:${path}`));
      await panes.shows(host, /bob · screen +● live/u);

      for (const [pane, caption, right, wrong] of [
        [ada, 'bob · screen', bobs, testPicture()],
        [bob, 'ada · screen', testPicture(), bobs],
      ] as const) {
        await panes.shows(pane, new RegExp(`${caption} +● live`, 'u'));
        let wrongDb = Infinity;
        const look = async (): Promise<number> => {
          const likes = await likeness(await panes.picture(pane, caption), right, wrong);
          wrongDb = likes[1] ?? Infinity;
          process.stdout.write(
            `${caption}: ${likes.map((db) => db.toFixed(1)).join(' dB, wrong ')}\n`,
          );
          return likes[0] ?? 0;
        };
        // 256 colours, and a square and digits that have moved on since. A look may come in the middle
        // of a picture, of which only the upper lines are there.
        await expect.poll(look, { timeout: 30_000, interval: 100 }).toBeGreaterThan(17);
        expect(wrongDb).toBeLessThan(12);
      }

      // The sharer's own word, and the host's: each shown on all sides, with whose it was.
      await panes.keys(ada, 's');
      for (const pane of [bob, host]) {
        await panes.shows(pane, /ada · screen +○ off by its sharer since \d\d:\d\d/u);
      }
      await panes.shows(ada, /you: screen off, sound on/u);
      await panes.keys(ada, 's');
      for (const pane of [bob, host]) await panes.shows(pane, /ada · screen +● live/u);
      await panes.keys(host, 'x');
      await panes.shows(host, /Host: ada[^]*stop its screen/u);
      await panes.keys(host, 's');
      for (const pane of [bob, host]) {
        await panes.shows(pane, /ada · screen +■ stopped by the host since \d\d:\d\d/u);
      }
      await panes.shows(ada, /you: screen stopped by the host, sound on/u);
      // It can't undo that.
      await panes.keys(ada, 's');
      await panes.shows(bob, /stopped by the host since \d\d:\d\d, off by sharer/u);
      await panes.keys(ada, 's');
      await panes.shows(bob, /stopped by the host since \d\d:\d\d +│/u);

      await panes.keys(bob, 'r');
      for (const pane of [ada, host]) await panes.shows(pane, /\^ bob · hand up/u);
      await panes.keys(bob, 't');
      await panes.shows(bob, /say: /u);
      await panes.keys(bob, '-l', 'hello');
      await panes.keys(bob, 'Enter');
      for (const pane of [ada, bob, host]) await panes.shows(pane, /bob: hello/u);

      for (const pane of [ada, bob, host]) {
        await panes.keys(pane, 'q');
        await panes.shows(pane, /Leave the meeting\?/u);
        await panes.keys(pane, 'y');
        expect(await panes.shows(pane, /code \d+/u)).toContain('code 0');
        const settings = (when: string): Promise<string> =>
          readFile(join(cwd, `%${pane}.${when}`), 'utf8');
        const withoutSize = (text: string): string => text.replace(/rows \d+; columns \d+/u, '');
        expect(withoutSize(await settings('after'))).toBe(withoutSize(await settings('before')));
      }
    },
  );
});
