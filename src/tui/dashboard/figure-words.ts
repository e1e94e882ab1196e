/**
 * Figures as words: ages, rates, times of day. Owns the rounding, chosen so that steady streams give
 * steady words and nothing has to be drawn anew; reads no clock.
 */

/** "7 s", "3 min", "2 h": an age in whole units. Negative ages are 0 s. */
export function ageWords(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

/** "38 ms" up to "999 ms", then "1.2 s". */
export function latencyWords(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Median and 95th percentile: "38/61 ms", in seconds where the larger one is. */
export function agePairWords(p50Ms: number, p95Ms: number): string {
  if (p95Ms < 1000) return `${Math.round(p50Ms)}/${Math.round(p95Ms)} ms`;
  return `${(p50Ms / 1000).toFixed(1)}/${(p95Ms / 1000).toFixed(1)} s`;
}

/** "412 kB/s", "3.4 MB/s"; kB are 1000 bytes, as elsewhere. */
export function byteRateWords(bytesPerSecond: number): string {
  const kilobytes = bytesPerSecond / 1000;
  if (kilobytes < 10) return `${kilobytes.toFixed(1)} kB/s`;
  if (kilobytes < 1000) return `${Math.round(kilobytes)} kB/s`;
  return `${(kilobytes / 1000).toFixed(1)} MB/s`;
}

/** "15 fps"; below 3 with one decimal, since 0.5 and 1 differ much. */
export function frameRateWords(framesPerSecond: number): string {
  if (framesPerSecond === 0) return '0 fps';
  return `${framesPerSecond < 3 ? framesPerSecond.toFixed(1) : Math.round(framesPerSecond)} fps`;
}

/** Local time of day, "14:02": microseconds since the Unix epoch; "" for 0, which is unknown. */
export function timeOfDay(atUs: number): string {
  if (atUs <= 0) return '';
  const at = new Date(atUs / 1000);
  const digits = (value: number): string => String(value).padStart(2, '0');
  return `${digits(at.getHours())}:${digits(at.getMinutes())}`;
}
