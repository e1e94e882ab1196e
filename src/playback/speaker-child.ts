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

const speaker = openSpeaker(process.argv[2]);
await take(OPENING);
process.stdout.write('ready\n');

let takenMs = 0;
for await (const chunk of process.stdin) {
  if (!Buffer.isBuffer(chunk)) continue;
  await take(chunk);
  takenMs += chunk.length / BYTES_PER_MS;
  process.stdout.write(`taken ${takenMs.toFixed(2)}\n`);
}
speaker.end();

/** Resolves when the device has taken the samples. */
function take(pcm: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    speaker.write(pcm, (fault) => {
      if (fault === null || fault === undefined) resolve();
      else reject(fault);
    });
  });
}

function openSpeaker(device: string | undefined): Writable {
  const Speaker: unknown = createRequire(import.meta.url)('speaker');
  if (typeof Speaker !== 'function') throw new Error('the package "speaker" holds no class');
  const format = { channels: CHANNELS, bitDepth: 16, sampleRate: RATE_HZ, device: device ?? null };
  const opened: unknown = Reflect.construct(Speaker, [format]);
  if (opened instanceof Writable) return opened;
  throw new Error('the package "speaker" made no stream');
}
