/**
 * What a `meet rec recover` that was killed left in a meeting. Owns finding it; reads none of it and
 * removes nothing.
 */
import { dirname, join } from 'node:path';
import type { RecordingFs } from '../recording-fs.js';
import { segmentFileName } from '../segment-name.js';
import { leftOfRecovery } from '../unfinished.js';
import type { Part } from './part.js';

export interface LeftOver {
  readonly path: string;
  /** What it was to become. */
  readonly target: string;
  readonly sizeBytes: number;
  /** Microseconds since the Unix epoch. */
  readonly modifiedAtUs: number;
}

/** Beside these parts, by name. What cannot be looked at, or goes away meanwhile, is left out. */
export async function leftOversBeside(
  fs: RecordingFs,
  parts: readonly Part[],
): Promise<LeftOver[]> {
  const found: LeftOver[] = [];
  const segments = parts.filter(({ format }) => format === 'mkv');
  for (const folder of new Set(segments.map(({ path }) => dirname(path)))) {
    const names = (await fs.readdir(folder).catch(() => [])).map(({ name }) => name);
    for (const name of names.sort()) {
      const segment = leftOfRecovery(name);
      const path = join(folder, name);
      const stat = segment && (await fs.lstat(path).catch(() => undefined));
      if (segment === undefined || stat?.isFile() !== true) continue;
      const target = join(folder, segmentFileName(segment));
      const modifiedAtUs = Math.round(stat.mtimeMs * 1000);
      found.push({ path, target, sizeBytes: stat.size, modifiedAtUs });
    }
  }
  return found;
}
