/**
 * A program of its own that plays standard input through the package `speaker`. Owns the device; says
 * `ready` and then `taken <milliseconds>` on standard output, one a line.
 *
 * The package is native and optional: where it can't find a device, merely loading it may abort the
 * process. So it is never loaded anywhere but here, where nothing else is lost.
 */
import { createRequire } from 'node:module';
import { Writable } from 'node:stream';

/** As the mix is made (output.ts); this file imports nothing that could be loaded in vain. */
const RATE_HZ = 48_000;
const CHANNELS = 2;
const BYTES_PER_MS = (RATE_HZ * CHANNELS * 2) / 1000;
/** Sound that opens the device, before any is asked for. */
const OPENING = Buffer.alloc(10 * BYTES_PER_MS);

try {
  await play(openSpeaker(process.argv[2]));
} catch (thrown) {
  // Without this Node prints a stack, of which the last lines alone would be told.
  process.stderr.write(`${reasonOf(thrown)}\n`);
  process.exitCode = 1;
}

async function play(speaker: Writable): Promise<void> {
  await take(speaker, OPENING);
  process.stdout.write('ready\n');
  let takenMs = 0;
  for await (const chunk of process.stdin) {
    if (!Buffer.isBuffer(chunk)) continue;
    await take(speaker, chunk);
    takenMs += chunk.length / BYTES_PER_MS;
    process.stdout.write(`taken ${takenMs.toFixed(2)}\n`);
  }
  speaker.end();
}

/** Resolves when the device has taken the samples. */
function take(speaker: Writable, pcm: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    speaker.write(pcm, (fault) => {
      if (fault === null || fault === undefined) resolve();
      else reject(fault);
    });
  });
}

/** In one line. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if ('code' in thrown && thrown.code === 'MODULE_NOT_FOUND') {
    return 'the package "speaker" is not installed: npm install speaker';
  }
  return thrown.message.split('\n')[0] ?? thrown.name;
}

function openSpeaker(device: string | undefined): Writable {
  const Speaker: unknown = createRequire(import.meta.url)('speaker');
  if (typeof Speaker !== 'function') throw new Error('the package "speaker" holds no class');
  const format = { channels: CHANNELS, bitDepth: 16, sampleRate: RATE_HZ, device: device ?? null };
  const opened: unknown = Reflect.construct(Speaker, [format]);
  if (opened instanceof Writable) return opened;
  throw new Error('the package "speaker" made no stream');
}
