/**
 * The head of the file that is made of a damaged one. Owns what of the old one is kept as it is, what gets a
 * new checksum, and when it is made anew; writes nothing.
 */
import { crc32 } from 'node:zlib';
import { MeetError } from '../../../transport/errors.js';
import { crcElement, encodeId, encodeSize } from '../matroska/ebml.js';
import { ELEMENTS } from '../matroska/elements.js';
import { ebmlHeader } from '../matroska/head-page.js';
import { isOurSoftware } from '../our-segment.js';
import type { RecordingFs } from '../recording-fs.js';
import { ID_CRC32, checksumOf, children } from './ebml.js';
import type { FileWindow } from './file-window.js';
import { findLostHead } from './lost-head.js';
import type { FileHead } from './matroska-file.js';
import { idBytes } from './matroska-file.js';
import type { HeadPart, MatroskaHead } from './matroska-head.js';
import { readMatroskaHead } from './matroska-head.js';
import { hasPage, isWholePage, segmentFormats } from './own-head.js';

/**
 * The file's head; one that was made anew where it is damaged and the file is a segment of ours, or where it
 * says nothing of tracks any more. Rejects with MEET_RECORDING_DAMAGED when nothing tells of them.
 */
export async function headToRecover(
  fs: RecordingFs,
  file: FileWindow,
  signal: AbortSignal | undefined,
): Promise<MatroskaHead> {
  const read = await readMatroskaHead(file).catch((thrown: unknown) => {
    if (thrown instanceof MeetError) return thrown;
    throw thrown;
  });
  const tells = !(read instanceof MeetError) && read.tracks.length > 0;
  if (tells && hasGoodTracks(read)) {
    const isSegment = (await hasPage(file, read)) && segmentFormats(read) !== undefined;
    if (!isSegment || (await isWholePage(file, read))) return read;
  }
  const found = await findLostHead(fs, file, { read: tells ? read : undefined, signal });
  if (found !== undefined) {
    file.replaceStart(found.page);
    const faults = [found.words, ...(tells ? read.faults : [])];
    return { ...(await readMatroskaHead(file)), faults };
  }
  if (read instanceof MeetError) throw read;
  throw new MeetError(
    'MEET_RECORDING_DAMAGED',
    `${file.path} does not say what its tracks are, and holds no whole cluster that tells`,
  );
}

function hasGoodTracks({ parts }: MatroskaHead): boolean {
  const tracks = parts.filter(({ id }) => id === ELEMENTS.Tracks.id);
  return tracks.every(({ data }) => checksumOf(data, 0, data.length) !== 'bad');
}

/** The same head, without what is only true of the old file. `opening` ends where Segment's data begin. */
export function fileHead(opening: Buffer, { parts, scaleNs, writingApp }: MatroskaHead): FileHead {
  const info = parts.find(({ id }) => id === ELEMENTS.Info.id)?.data ?? Buffer.alloc(0);
  const left: readonly number[] = [ELEMENTS.Duration.id, ID_CRC32, ELEMENTS.Void.id];
  const isOurs = isOurSoftware(writingApp);
  const old = Buffer.from(opening.subarray(0, opening.lastIndexOf(encodeId('Segment'))));
  return {
    header: isOurs ? ebmlHeader() : old,
    scaleNs,
    info: [...children(info, 0, info.length)]
      .filter(({ id }) => !left.includes(id))
      .map(({ at, end }) => info.subarray(at, end)),
    elements: parts
      .filter(({ id }) => id !== ELEMENTS.Info.id && id !== ELEMENTS.SeekHead.id)
      .map((part) => ({ id: part.id, bytes: wholeElement(part, isOurs) })),
  };
}

/** As it is, unless its checksum says that it is not what it was: nothing that is made here is damaged. */
function wholeElement({ id, data }: HeadPart, isOurs: boolean): Buffer {
  const checksum = checksumOf(data, 0, data.length);
  const isKept = checksum === 'good' || (checksum === 'none' && !isOurs);
  const inside = isKept ? data : withNewChecksum(data);
  return Buffer.concat([idBytes(id), encodeSize(inside.length), inside]);
}

function withNewChecksum(data: Buffer): Buffer {
  const whole = [...children(data, 0, data.length)].filter(({ id }) => id !== ID_CRC32);
  const kept = Buffer.concat(whole.map(({ at, end }) => data.subarray(at, end)));
  return Buffer.concat([crcElement(crc32(kept)), kept]);
}
