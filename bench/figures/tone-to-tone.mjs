// @ts-check
/**
 * From a tone in one null sink, shared as a microphone, to the same tone in the other one, which a
 * viewer plays into. Both are heard by the same means, so that its delay is in neither.
 */
import { Daemon } from '../measure/daemon.mjs';
import { atMost } from '../measure/row.mjs';
import { sleep, withScratch } from '../measure/scratch.mjs';
import { requireNoFault, startShare } from '../measure/share.mjs';
import { SAMPLES_PER_SECOND, SoundServer } from '../measure/sound-server.mjs';
import { openMeet } from '../measure/watching.mjs';

const TONES = 50;
/** A tone of one chunk in each so many. */
const EVERY_CHUNKS = 25;
const CHUNK_MS = 20;
const TONE_HZ = 1000;
const AMPLITUDE = 12_000;
const LOUD = 2000;
const WARM_MS = 6000;
/** A tone is heard by then, or it is lost. */
const LOST_MS = 400;
const MOST_MS = 120;

export const name = 'tone-to-tone';
export const atLeast = `tone into one null sink to tone out of the other: p95 <= ${MOST_MS} ms`;

/** @returns {Promise<import('../run.mjs').Row[]>} */
export async function run() {
  return withScratch(async (folder) => {
    const server = await SoundServer.start(folder);
    const daemon = await Daemon.start(['--no-record'], { probe: false });
    // The microphone is heard only while something plays into its sink.
    const player = server.player('mic');
    const stopPlaying = playInto(player);
    const microphone = ['--audio', 'mic.monitor', '--audio-backend', 'parec'];
    const share = await startShare(daemon, microphone, daemon.portsOption, server.env);
    const args = ['watch', '--ports', daemon.portsOption, '--output', 'pacat'];
    const env = { ...server.env, PULSE_SINK: 'spk' };
    const terminal = openMeet(args, { columns: 80, rows: 24, env });
    try {
      const delays = await delaysOf(server);
      requireNoFault(share);
      return rows(delays);
    } finally {
      stopPlaying();
      await terminal.stop();
      await share.program.stop();
      await daemon.stop();
      await server.stop();
    }
  });
}

/**
 * Silence with tones in it, at the speed of time; gives what ends that.
 *
 * @param {import('../measure/program.mjs').Program} player
 */
function playInto(player) {
  const silence = Buffer.alloc((SAMPLES_PER_SECOND / 1000) * CHUNK_MS * 2);
  const tone = Buffer.from(silence);
  for (let sample = 0; sample * 2 < tone.length; sample += 1) {
    const turns = (sample * TONE_HZ) / SAMPLES_PER_SECOND;
    tone.writeInt16LE(Math.round(AMPLITUDE * Math.cos(turns * 2 * Math.PI)), sample * 2);
  }
  // Why it ended is said where its end matters.
  player.child.stdin?.on('error', () => undefined);
  const startedMs = performance.now();
  let chunks = 0;
  const timer = setInterval(() => {
    for (; chunks * CHUNK_MS < performance.now() - startedMs; chunks += 1) {
      player.child.stdin?.write(chunks % EVERY_CHUNKS === 0 ? tone : silence);
    }
  }, CHUNK_MS / 2);
  return () => {
    clearInterval(timer);
    player.child.stdin?.end();
  };
}

/** @param {SoundServer} server */
async function delaysOf(server) {
  /** @type {number[]} */
  const delays = [];
  let heardInMs = -Infinity;
  let tones = 0;
  await sleep(WARM_MS);
  server.listen('mic', (chunk) => {
    const nowMs = performance.now();
    if (!isLoud(chunk) || nowMs - heardInMs < LOST_MS) return;
    heardInMs = nowMs;
    tones += 1;
  });
  let heardOutMs = -Infinity;
  server.listen('spk', (chunk) => {
    const nowMs = performance.now();
    if (!isLoud(chunk)) return;
    const isNew = nowMs - heardOutMs > LOST_MS / 2;
    heardOutMs = nowMs;
    if (isNew && nowMs - heardInMs < LOST_MS) delays.push(nowMs - heardInMs);
  });
  while (tones <= TONES) await sleep(CHUNK_MS);
  // The last one may be under way.
  return { delays, tones: tones - 1 };
}

/** @param {Buffer} chunk */
function isLoud(chunk) {
  for (let at = 0; at + 1 < chunk.length; at += 2) {
    if (Math.abs(chunk.readInt16LE(at)) > LOUD) return true;
  }
  return false;
}

/** @param {{ delays: readonly number[], tones: number }} heard */
function rows({ delays, tones }) {
  const sorted = [...delays].sort((one, other) => one - other);
  const at = (/** @type {number} */ share) => sorted[Math.ceil(share * sorted.length) - 1] ?? NaN;
  return [
    atMost(
      {
        what: 'sink to sink, p95',
        figure: at(0.95),
        reference: CHUNK_MS,
        against: `a chunk; p50 ${at(0.5).toFixed(1)}, most ${at(1).toFixed(1)}, ${sorted.length} of ${tones} heard`,
        unit: 'ms',
      },
      MOST_MS,
    ),
  ];
}
