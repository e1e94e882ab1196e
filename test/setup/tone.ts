/**
 * What a recorded sound is: its loudest frequency and how loud it is. Owns this arithmetic; records
 * nothing.
 */

/** PCM s16le, channels interleaved. */
export interface Pcm {
  readonly bytes: Buffer;
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** One channel (from 0) as numbers from -1 to 1. */
export function samplesOf(pcm: Pcm, channel = 0): Float64Array {
  const stride = pcm.channels * 2;
  const count = Math.floor(pcm.bytes.length / stride);
  return Float64Array.from(
    { length: count },
    (_, index) => pcm.bytes.readInt16LE(index * stride + channel * 2) / 32768,
  );
}

/** Root mean square from 0 to 1; a sine of amplitude a has a / √2. */
export function rmsOf(pcm: Pcm, channel = 0): number {
  const samples = samplesOf(pcm, channel);
  const sum = samples.reduce((total, value) => total + value * value, 0);
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/**
 * The loudest frequency in Hz: the highest bin of a Hann-windowed FFT over the largest power of two
 * of samples, refined by a parabola through its neighbours' logarithms. 16384 samples at 48 kHz tell a
 * steady tone within 0.3 Hz. 0 for silence.
 */
export function loudestFrequencyHz(pcm: Pcm, channel = 0): number {
  const samples = samplesOf(pcm, channel);
  const size = 2 ** Math.floor(Math.log2(samples.length));
  if (size < 8) throw new Error(`${samples.length} samples are too few to tell a frequency`);
  const powers = powerSpectrum(samples, size);
  let loudest = 1;
  for (let bin = 2; bin < powers.length - 1; bin += 1) {
    if (at(powers, bin) > at(powers, loudest)) loudest = bin;
  }
  if (at(powers, loudest) === 0) return 0;
  const [low = 0, top = 0, high = 0] = [-1, 0, 1].map((step) =>
    Math.log(at(powers, loudest + step) + Number.MIN_VALUE),
  );
  const curve = low - 2 * top + high;
  const shift = curve === 0 ? 0 : (low - high) / (2 * curve);
  return ((loudest + shift) * pcm.sampleRateHz) / size;
}

/** The longest run of samples that are all exactly 0, in milliseconds: a hole in a steady tone. */
export function longestHoleMs(pcm: Pcm, channel = 0): number {
  let longest = 0;
  let run = 0;
  for (const value of samplesOf(pcm, channel)) {
    run = value === 0 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return (longest / pcm.sampleRateHz) * 1000;
}

/**
 * The largest step between neighbouring samples, from 0 to 2. A steady sine of amplitude a and f Hz
 * never steps more than 2π·f·a / rate: anything beyond is a click, so sound was lost or doubled there.
 */
export function largestStep(pcm: Pcm, channel = 0): number {
  const samples = samplesOf(pcm, channel);
  let largest = 0;
  for (let index = 1; index < samples.length; index += 1) {
    largest = Math.max(largest, Math.abs(at(samples, index) - at(samples, index - 1)));
  }
  return largest;
}

/** Iterative radix-2 FFT (Cooley and Tukey, 1965). */
function powerSpectrum(samples: Float64Array, size: number): Float64Array {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  const bits = Math.log2(size);
  for (let index = 0; index < size; index += 1) {
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / size);
    real[reversed(index, bits)] = at(samples, index) * window;
  }
  for (let half = 1; half < size; half *= 2) butterflies(real, imaginary, half);
  return Float64Array.from(
    { length: size / 2 },
    (_, bin) => at(real, bin) ** 2 + at(imaginary, bin) ** 2,
  );
}

function butterflies(real: Float64Array, imaginary: Float64Array, half: number): void {
  for (let offset = 0; offset < half; offset += 1) {
    const cosine = Math.cos((-Math.PI * offset) / half);
    const sine = Math.sin((-Math.PI * offset) / half);
    for (let low = offset; low < real.length; low += 2 * half) {
      const high = low + half;
      const turnedReal = at(real, high) * cosine - at(imaginary, high) * sine;
      const turnedImaginary = at(real, high) * sine + at(imaginary, high) * cosine;
      real[high] = at(real, low) - turnedReal;
      imaginary[high] = at(imaginary, low) - turnedImaginary;
      real[low] = at(real, low) + turnedReal;
      imaginary[low] = at(imaginary, low) + turnedImaginary;
    }
  }
}

function reversed(index: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit += 1) result = (result << 1) | ((index >> bit) & 1);
  return result;
}

function at(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
