/**
 * The choice of a JPEG library: sharp, else jimp, decided once in a process. Owns that choice; loads
 * neither before it is asked to.
 */
import { MeetError } from '../../transport/errors.js';
import type { JpegEncoder } from './jpeg-encoder.js';

export type EncoderLoader = () => Promise<JpegEncoder>;

const loadSharp: EncoderLoader = async () => (await import('./sharp-encoder.js')).sharpEncoder;
const loadJimp: EncoderLoader = async () => (await import('./jimp-encoder.js')).jimpEncoder;

let chosen: Promise<JpegEncoder> | undefined;

/** The encoder of this process. Rejects with MEET_PROGRAM_MISSING when no library loads. */
export function jpegEncoder(): Promise<JpegEncoder> {
  return (chosen ??= firstThatLoads([loadSharp, loadJimp]));
}

/** The first of several encoders that loads: sharp's prebuilt code does not exist for each machine. */
export async function firstThatLoads(loaders: readonly EncoderLoader[]): Promise<JpegEncoder> {
  const failures: unknown[] = [];
  for (const load of loaders) {
    try {
      return await load();
    } catch (thrown) {
      failures.push(thrown);
    }
  }
  const words = failures.map((thrown) =>
    thrown instanceof Error ? thrown.message : String(thrown),
  );
  throw new MeetError(
    'MEET_PROGRAM_MISSING',
    `no JPEG encoder loads here (${words.join('; ')}); install one: npm install sharp`,
    { cause: failures[0] },
  );
}
