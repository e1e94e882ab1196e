/**
 * Verifies one recorded piece of either format. Owns when a file without an end is damaged, and when
 * it is only not finished.
 */
import { readFramesFolder } from '../frames-reader.js';
import type { RecordingFs } from '../recording-fs.js';
import type { Part, PartState } from './part.js';
import type { PassOptions } from './verify-file.js';
import { verifyFile } from './verify-file.js';

const FAULTS_MOST = 20;

export interface PartVerdict {
  readonly part: Part;
  readonly state: PartState;
  readonly frames: number;
  readonly faults: readonly string[];
  readonly faultsLeftOut: number;
}

/** Rejects with system errors, and MEET_RECORDING_DAMAGED for what is no recording at all. */
export async function verifyPart(
  fs: RecordingFs,
  part: Part,
  options: PassOptions,
): Promise<PartVerdict> {
  if (part.format === 'frames') return await verifyFrames(fs, part);
  const { frames, faults, faultsLeftOut, isCut } = await verifyFile(fs, part.path, options);
  // Its writer may be in the middle of a cluster.
  if (part.state === 'open') return { part, state: 'open', frames, faults: [], faultsLeftOut: 0 };
  const words = isCut && faults.length === 0 ? ['it was cut off: it has no end'] : faults;
  const isDamaged = words.length > 0 || part.state === 'damaged';
  const told = isDamaged && words.length === 0 ? [part.words] : words;
  return { part, state: isDamaged ? 'damaged' : 'closed', frames, faults: told, faultsLeftOut };
}

async function verifyFrames(fs: RecordingFs, part: Part): Promise<PartVerdict> {
  const { lines, faults } = await readFramesFolder(fs, part.path);
  const frames = lines.filter(({ type }) => type === 'frame').length;
  if (part.state === 'open') return { part, state: 'open', frames, faults: [], faultsLeftOut: 0 };
  const all = part.state === 'damaged' ? [part.words, ...faults] : faults;
  return {
    ...{ part, frames, state: all.length > 0 ? 'damaged' : 'closed' },
    faults: all.slice(0, FAULTS_MOST),
    faultsLeftOut: Math.max(0, all.length - FAULTS_MOST),
  };
}
