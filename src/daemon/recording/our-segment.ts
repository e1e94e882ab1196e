/**
 * Whether a file was written by this program, by the head that stands in it. Owns that one question; a
 * name tells nothing here, and nothing is changed.
 */
import { MeetError } from '../../transport/errors.js';
import { HEAD_BYTES } from './matroska/head-page.js';
import { FileWindow } from './reading/file-window.js';
import type { MatroskaHead } from './reading/matroska-head.js';
import { readMatroskaHead } from './reading/matroska-head.js';
import type { RecordingFs } from './recording-fs.js';

/** WritingApp of what this program records and recovers: its name, alone or before a version. */
const OUR_SOFTWARE = /^meet(?: |$)/;

/** Whether a WritingApp is this program, of whatever version. */
export function isOurSoftware(writingApp: string): boolean {
  return OUR_SOFTWARE.test(writingApp);
}

/** Its head; undefined for what is no recording of ours. Rejects with system errors. */
export async function headOfOurs(fs: RecordingFs, path: string): Promise<MatroskaHead | undefined> {
  const file = await FileWindow.open(fs, path, HEAD_BYTES);
  try {
    const head = await readMatroskaHead(file);
    return isOurSoftware(head.writingApp) ? head : undefined;
  } catch (thrown) {
    if (thrown instanceof MeetError) return undefined;
    throw thrown;
  } finally {
    await file.close();
  }
}

/** False for what is no recording. Rejects with system errors: then nobody knows. */
export async function isOurSegment(fs: RecordingFs, path: string): Promise<boolean> {
  return (await headOfOurs(fs, path)) !== undefined;
}
