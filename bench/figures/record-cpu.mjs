// @ts-check
/** What recording one stream costs, beside cat, which writes the same bytes and does nothing else. */
import { execFileSync } from 'node:child_process';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Daemon } from '../measure/daemon.mjs';
import { median } from '../measure/median.mjs';
import { cpuMsOfTree } from '../measure/process-tree.mjs';
import { Program } from '../measure/program.mjs';
import { atMostRatio } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { Sending } from '../measure/sending.mjs';
import { picture } from '../sender/picture.mjs';

const ROUNDS = 5;
const FPS = 30;
const SECONDS = 10;
const TIMEOUT_MS = 60_000;

export const name = 'record-cpu';
export const atLeast =
  'recording 137 kB x 30 fps for 10 s: CPU <= 1.5 x that of cat with the same syncs; size <= 1.005 x';

/** @typedef {{ cpuMs: number, sizeRatio: number }} Recorded */

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const ours = [];
  const without = [];
  const reference = [];
  // One after the other: a machine that becomes slower meanwhile does so for all three.
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await recorded());
    without.push(await relayedOnly());
    reference.push(await catted());
  }
  const withoutMs = median(without);
  const withMs = median(ours.map(({ cpuMs }) => cpuMs));
  return [
    atMostRatio(
      {
        what: 'CPU that recording adds',
        figure: withMs - withoutMs,
        reference: median(reference),
        against: `cat into a file, sync -d each second; the daemon took ${withMs} ms, without recording ${withoutMs} ms`,
        unit: 'ms',
      },
      1.5,
    ),
    atMostRatio(
      {
        what: 'size on disk',
        figure: median(ours.map(({ sizeRatio }) => sizeRatio)),
        reference: 1,
        against: 'bytes of the pictures',
        unit: 'x',
      },
      1.005,
    ),
  ];
}

/** @returns {Promise<Recorded>} */
async function recorded() {
  return withScratch(async (folder) => {
    const root = join(folder, 'recordings');
    const daemon = await Daemon.start(['--record', root], { probe: false });
    try {
      const { cpuMs, sent } = await send(daemon);
      await daemon.stop();
      const bytes = await sizeOf(root);
      return { cpuMs, sizeRatio: bytes / (sent * (await picture()).length) };
    } finally {
      await daemon.stop();
    }
  });
}

/** @returns {Promise<number>} CPU in ms. */
async function relayedOnly() {
  const daemon = await Daemon.start(['--no-record'], { probe: false });
  try {
    return (await send(daemon)).cpuMs;
  } finally {
    await daemon.stop();
  }
}

/** @param {Daemon} daemon */
async function send(daemon) {
  const rate = { sharers: 1, fps: FPS, seconds: SECONDS };
  const sender = new Sending({ mode: 'paced', port: daemon.ports.screen, ...rate });
  try {
    await sender.next('the sharer is connected', TIMEOUT_MS);
    const before = cpuMsOfTree(daemon.program.pid);
    const { sent = 0 } = await sender.next('the sharer is done', TIMEOUT_MS);
    // The last half second is written, too.
    await sleep(1500);
    return { cpuMs: cpuMsOfTree(daemon.program.pid) - before, sent };
  } finally {
    await sender.stop();
  }
}

/** @returns {Promise<number>} CPU in ms. */
async function catted() {
  return withScratch(async (folder) => {
    const [pipe, file] = [join(folder, 'pipe'), join(folder, 'copy')];
    execFileSync('mkfifo', [pipe]);
    const script = 'cat "$1" > "$2" & while kill -0 $! 2>/dev/null; do sleep 1; sync -d "$2"; done';
    const shell = new Program('sh', ['-c', script, 'sh', pipe, file]);
    try {
      const sink = await open(pipe, 'w');
      const before = cpuMsOfTree(shell.pid);
      const payload = await picture();
      const beganMs = performance.now();
      for (let sent = 0; sent < FPS * SECONDS; sent += 1) {
        await sleep(Math.max(0, beganMs + (sent * 1000) / FPS - performance.now()));
        await sink.write(payload);
      }
      await sleep(1500);
      const cpuMs = cpuMsOfTree(shell.pid) - before;
      await sink.close();
      return cpuMs;
    } finally {
      await shell.stop();
    }
  });
}

/** @param {string} root */
async function sizeOf(root) {
  let bytes = 0;
  for (const name of await readdir(root, { recursive: true })) {
    if (name.endsWith('.mkv')) bytes += (await stat(join(root, name))).size;
  }
  return bytes;
}
