import { writeFile } from 'node:fs/promises';
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
import { TmuxPanes } from './tmux-panes.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));
const SIZE = { width: 1280, height: 720 };
/** Off and on again by whom and since when, as a caption has it. */
const BY_HOST = /stopped by the host since \d\d:\d\d/u;

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

function testPicture(): Bitmap {
  const { data } = new TestPicture(SIZE.width, SIZE.height, 'SCREEN TEST').draw(40, 0);
  return { ...SIZE, rgb: data };
}

describe('a daemon and two participants in three panes of tmux', () => {
  it.skipIf(needs('tmux'))(
    'see each other, and who turned what off',
    { timeout: 120_000 },
    async () => {
      const bobs = samplePicture(SIZE, 2);
      const path = join(meeting.cwd, 'bob.png');
      await writeFile(
        path,
        await sharp(bobs.rgb, { raw: { ...SIZE, channels: 3 } })
          .png()
          .toBuffer(),
      );
      const ports = portsText(await freePorts());
      const meet = (words: string): string =>
        `stty -g; ${process.execPath} ${MEET} ${words} --ports ${ports}; echo "code $?"; stty -g`;
      const { cwd, env } = meeting;
      await using panes = new TmuxPanes({ columns: 242, rows: 40, cwd, env });
      const host = await panes.open(meet('serve --no-record --no-play'));
      await panes.shows(host, /Nobody else shares anything yet/u);
      const join_ = 'join --no-play --picture half --wait 20';
      const ada = await panes.open(meet(`${join_} --name ada --screen test --audio test`));
      await panes.shows(host, /ada · screen +● live/u);
      const bob = await panes.open(meet(`${join_} --name bob --screen file:${path}`));

      await panes.shows(ada, /bob · screen +● live/u);
      await panes.shows(bob, /ada · screen +● live/u);
      for (const [pane, caption, right, wrong] of [
        [ada, 'bob · screen', bobs, testPicture()],
        [bob, 'ada · screen', testPicture(), bobs],
      ] as const) {
        const { cells, columns, rows } = await panes.picture(pane, caption);
        const size = { width: columns * CELL_ACROSS, height: rows * CELL_DOWN };
        const shown = drawCells(cells, columns);
        console.log(
          caption,
          columns,
          rows,
          await blurredPsnr(shown, await resized(right, size)),
          await blurredPsnr(shown, await resized(wrong, size)),
        );
      }
      console.log(await panes.screen(host));
      console.log(await panes.screen(ada));
      console.log(await panes.screen(bob));
      await panes.keys(ada, 's');
      console.log(await panes.shows(bob, /ada · screen +○/u));
      console.log(await panes.shows(host, /ada · screen +○/u));
      console.log(await panes.screen(ada));
      await panes.keys(ada, 's');
      await panes.shows(bob, /ada · screen +● live/u);
      await panes.keys(host, 'x');
      console.log(await panes.shows(host, /Host: /u));
      await panes.keys(host, 's');
      console.log(await panes.shows(bob, BY_HOST));
      console.log(await panes.screen(ada));
    },
  );
});
