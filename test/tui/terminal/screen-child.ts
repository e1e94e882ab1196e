/**
 * A program that shows moving pictures in its terminal until it ends in the way that its argument
 * says: `crash`, `reject`, `signal` (waits for SIGTERM, may be stopped meanwhile) or `exit`.
 */
import { systemClock } from '../../../src/transport/clock.js';
import { followDeadlySignals } from '../../../src/tui/terminal/deadly-signals.js';
import { followJobControl } from '../../../src/tui/terminal/job-control.js';
import { openScreen } from '../../../src/tui/terminal/open-screen.js';
import { pictureFill } from '../../../src/tui/terminal/screen.js';
import { numberedJpeg } from './numbered-picture.js';

const way = process.argv[2] ?? 'exit';
const opened = await openScreen({
  stdin: process.stdin,
  stdout: process.stdout,
  env: process.env,
  platform: process.platform,
  clock: systemClock,
  run: () => Promise.reject(new Error('no tmux here')),
  pictureMode: 'half',
  atExit(run) {
    process.on('exit', run);
    return () => process.off('exit', run);
  },
  onGone: () => undefined,
});
followJobControl(opened);
followDeadlySignals(opened);
const { screen } = opened;
const tile = `${pictureFill(0).repeat(screen.columns)}\n`.repeat(screen.rows - 2);
screen.showFrame(`${tile}a frame of the child`);
const pictures = await Promise.all(Array.from({ length: 8 }, (_, n) => numberedJpeg(n)));
let shown = 0;
const moving = setInterval(() => {
  shown += 1;
  screen.showPicture(0, pictures[shown % 8] ?? Buffer.alloc(0));
  if (shown !== 20 || way === 'signal') return;
  if (way === 'crash') throw new Error('the crash that was asked for');
  if (way === 'reject') void Promise.reject(new Error('the rejection that was asked for'));
  if (way === 'exit') process.exit(3);
}, 20);
process.once('SIGTERM', () => {
  clearInterval(moving);
  void opened.close();
});
