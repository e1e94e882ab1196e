/**
 * Whether a file was written by this program, by what stands in it. Owns that one question; a name
 * tells nothing here, and nothing is changed.
 */
import { MeetError } from '../../transport/errors.js';
import { HEAD_BYTES } from './matroska/head-page.js';
import { FileWindow } from './reading/file-window.js';
import { readMatroskaHead } from './reading/matroska-head.js';
import type { RecordingFs } from './recording-fs.js';

/** WritingApp of what this program records and recovers: its name, alone or before a version. */
const OUR_SOFTWARE = /^meet(?: |$)/;

/** False for what is no recording. Rejects with system errors: then nobody knows. */
export async function isOurSegment(fs: RecordingFs, path: string): Promise<boolean> {
  try {
    const file = await FileWindow.open(fs, path, HEAD_BYTES);
    try {
      return OUR_SOFTWARE.test((await readMatroskaHead(file)).writingApp);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (thrown instanceof MeetError) return false;
    throw thrown;
  }
}
