/**
 * Makes a whole Matroska file of a cut or damaged one. Owns the two files: never touches the damaged
 * one, never writes to one that is there already; what is kept is decided by recover-pass.ts.
 */
import type { RecordingFs } from '../recording-fs.js';
import { MEND_FLAGS } from '../recording-fs.js';
import { OutputFile, writeFault } from '../export/output-file.js';
import { FileWindow } from './file-window.js';
import type { MatroskaHead } from './matroska-head.js';
import { MatroskaFile, headRoom } from './matroska-file.js';
import { fileHead, headToRecover } from './mended-head.js';
import type { RecoveredCounts } from './recover-pass.js';
import { RecoverPass } from './recover-pass.js';
import type { PassOptions } from './verify-file.js';
import { PASS_STEP_BYTES } from './verify-file.js';

export interface Recovered extends RecoveredCounts {
  readonly path: string;
}

/**
 * Writes `target` of what is whole in `path`, beside its name, which it gets when the disk has all of it.
 * Rejects with MEET_FILE_EXISTS when `target` is there, with
 * MEET_RECORDING_DAMAGED when nothing can be made out, else with MEET_DISK_FULL or MEET_DISK_WRITE of
 * what is written, with system errors of what is read; then nothing is left of `target`.
 */
export async function recoverFile(
  fs: RecordingFs,
  path: string,
  target: string,
  options: PassOptions = {},
): Promise<Recovered> {
  const file = await FileWindow.open(fs, path, PASS_STEP_BYTES);
  try {
    const head = await headToRecover(fs, file, options.signal);
    const output = await OutputFile.begin(target, false, 'remove or rename it');
    try {
      const counts = await writeTo(fs, output, file, head, options);
      await output.commit();
      return { path: target, ...counts };
    } finally {
      await output.discard();
    }
  } finally {
    await file.close();
  }
}

async function writeTo(
  fs: RecordingFs,
  output: OutputFile,
  file: FileWindow,
  head: MatroskaHead,
  options: PassOptions,
): Promise<RecoveredCounts> {
  const fd = await fs.open(output.partPath, MEND_FLAGS, 0);
  try {
    const newHead = fileHead(await file.view(0, head.segmentStart), head);
    const named = namingFaults(fs, output.path);
    const out = new MatroskaFile(named, fd, headRoom(newHead), head.scaleNs);
    const counts = await new RecoverPass(file, head, out, newHead).run(options);
    await named.fdatasync(fd);
    return counts;
  } finally {
    await fs.close(fd);
  }
}

/** The same, but what fails of a write is told of `target`, and not of what is read meanwhile. */
function namingFaults(fs: RecordingFs, target: string): RecordingFs {
  const named = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (thrown) {
      throw writeFault(target, thrown);
    }
  };
  return {
    ...fs,
    writev: (fd, buffers, position) => named(fs.writev(fd, buffers, position)),
    fdatasync: (fd) => named(fs.fdatasync(fd)),
  };
}
