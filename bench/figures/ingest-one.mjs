// @ts-check
/** How fast one connection's pictures are taken, beside socat, which only reads. */
import { alternate, median } from '../measure/median.mjs';
import { Daemon } from '../measure/daemon.mjs';
import { Program, firstLine } from '../measure/program.mjs';
import { atLeastRatio } from '../measure/row.mjs';
import { Sending } from '../measure/sending.mjs';

const ROUNDS = 5;
const SECONDS = 3;
const LEAST = 0.85;
const MIB = 1024 * 1024;
const TIMEOUT_MS = 60_000;

export const name = 'ingest-one';
export const atLeast = 'one connection, 137 kB frames: at least 0.85 x the bytes/s of socat';

/** How the sender hands frames to the kernel: one by one as a sharer does, and many at once. */
const FRAMES_A_WRITE = [1, 16];

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  const rows = [];
  for (const framesAWrite of FRAMES_A_WRITE) {
    const { ours, reference } = await alternate(
      ROUNDS,
      () => throughDaemon(framesAWrite),
      () => throughSocat(framesAWrite),
    );
    const parts = {
      what: `bytes taken, ${framesAWrite} frames a write`,
      figure: median(ours) / MIB,
      reference: median(reference) / MIB,
      against: 'socat -u -b 262144 to /dev/null, same sender',
      unit: 'MiB/s',
    };
    rows.push(atLeastRatio(parts, LEAST));
  }
  return rows;
}

/** @param {number} framesAWrite */
async function throughDaemon(framesAWrite) {
  const daemon = await Daemon.start(['--no-record']);
  try {
    return await floodBytesPerSecond({
      port: daemon.ports.screen,
      handshake: true,
      framesAWrite,
    });
  } finally {
    await daemon.stop();
  }
}

/** @param {number} framesAWrite */
async function throughSocat(framesAWrite) {
  // With -d -d socat tells which free port it got.
  const listen = 'TCP-LISTEN:0,bind=127.0.0.1';
  const socat = new Program('socat', ['-d', '-d', '-u', '-b', '262144', listen, '/dev/null']);
  try {
    const told = firstLine(socat.errorLines, (line) => /listening on .*:(\d+)$/.exec(line)?.[1]);
    const port = await socat.before(told, 'listening (apt-get install socat)', TIMEOUT_MS);
    return await floodBytesPerSecond({ port: Number(port), handshake: false, framesAWrite });
  } finally {
    await socat.stop();
  }
}

/** @param {{ port: number, handshake: boolean, framesAWrite: number }} options */
async function floodBytesPerSecond(options) {
  const sender = new Sending({ mode: 'flood', seconds: SECONDS, ...options });
  try {
    const { bytesPerSecond = 0 } = await sender.next('the sender is done', TIMEOUT_MS);
    return bytesPerSecond;
  } finally {
    await sender.stop();
  }
}
