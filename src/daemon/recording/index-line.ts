/**
 * The lines of `index.jsonl`, one JSON object each. Owns their shapes and how a frame becomes a
 * line; reads and writes no file. frames-reader.ts holds the schema that reads them back.
 *
 * A line about a frame stands after what it points at: the picture has its name, the sound is in
 * its WAV and in that WAV's header. So lines of different kinds are in order of writing, and
 * `receivedAtUs` is the order of arrival. All times are microseconds since the Unix epoch.
 */
import type { StreamFormat, StreamKind } from '../../transport/stream-kind.js';
import type { Waiting } from './frame-queue.js';

/** Version of this layout, in the first line of each index. */
export const INDEX_VERSION = 1;

/** Why frames are missing, as the hub knows it: lost on the way, peer away, stream turned off. */
export type NoteReason = 'lost' | 'away' | 'off';

/**
 * Why frames are missing. `queue-full`: the disk was too slow. `disk-full`, `disk-write`: recording
 * was stopped. `malformed`: nothing where a picture or sound belongs, or sound that is no whole
 * number of samples. `no-format`: sound of which nobody said how to read it. The others come from the hub.
 */
export type GapReason =
  NoteReason | 'queue-full' | 'disk-full' | 'disk-write' | 'malformed' | 'no-format';

export interface StartLine {
  readonly type: 'start';
  readonly version: typeof INDEX_VERSION;
  /** As the participant gave them; the folder's name holds only what is safe. */
  readonly room: string;
  readonly participant: string;
  readonly startedAtUs: number;
}

interface FrameTimes {
  readonly kind: StreamKind;
  /** On the wire. */
  readonly seq: number;
  /** Publisher's clock. */
  readonly capturedAtUs: number;
  readonly encodedAfterUs: number;
  /** Daemon's clock. */
  readonly receivedAtUs: number;
}

export interface FrameLine extends FrameTimes {
  readonly type: 'frame';
  readonly sizeBytes: number;
  /** Relative to the folder of the index. */
  readonly file: string;
  /** Sound only: where the chunk begins in `file`, from the file's first byte. */
  readonly offsetBytes?: number;
}

/** A picture equal to the one before it of its kind. */
export interface UnchangedLine extends FrameTimes {
  readonly type: 'unchanged';
}

/** Frames that are not here; several in a row are one line. */
export interface GapLine {
  readonly type: 'gap';
  readonly kind: StreamKind;
  readonly reason: GapReason;
  readonly frames?: number;
  readonly sizeBytes?: number;
  readonly fromSeq?: number;
  readonly toSeq?: number;
  readonly fromUs: number;
  readonly toUs: number;
}

/** How frames of `kind` are to be read from here on. `file`: the WAV that begins here. */
export type FormatLine = {
  readonly type: 'format';
  readonly kind: StreamKind;
  readonly file?: string;
} & StreamFormat;

/** A sync of `file` failed: after a power loss it may hold less than the index says. */
export interface SuspectLine {
  readonly type: 'suspect';
  readonly file: string;
  readonly words: string;
}

export interface ResumedLine {
  readonly type: 'resumed';
  readonly atUs: number;
}

export interface EndLine {
  readonly type: 'end';
  readonly endedAtUs: number;
}

/** What somebody of the room said while this participant was recorded. */
export interface ChatLine {
  readonly type: 'chat';
  readonly name: string;
  readonly text: string;
  readonly atUs: number;
}

/** The participant raised its hand, or took it down. */
export interface HandLine {
  readonly type: 'hand';
  readonly up: boolean;
  readonly atUs: number;
}

/** A stream was turned off, went on or stalled, and by whom. */
export interface StateLine {
  readonly type: 'state';
  readonly kind: StreamKind;
  readonly state: 'on' | 'off' | 'stalled';
  readonly by: 'self' | 'host';
  readonly atUs: number;
}

/** Somebody came into the room, or left it, while this participant was recorded; itself too. */
export interface PresenceLine {
  readonly type: 'joined' | 'left';
  readonly name: string;
  readonly atUs: number;
}

/** What is kept beside the frames. */
export type RemarkLine = ChatLine | HandLine | StateLine | PresenceLine;

export type IndexLine =
  | StartLine
  | FrameLine
  | UnchangedLine
  | GapLine
  | RemarkLine
  | FormatLine
  | SuspectLine
  | ResumedLine
  | EndLine;

export function frameLine(item: Waiting, file: string, offsetBytes?: number): FrameLine {
  const line = {
    type: 'frame',
    ...times(item),
    sizeBytes: item.frame.payload.length,
    file,
  } as const;
  return offsetBytes === undefined ? line : { ...line, offsetBytes };
}

export function unchangedLine(item: Waiting): UnchangedLine {
  return { type: 'unchanged', ...times(item) };
}

function times(item: Waiting): FrameTimes {
  const { kind, sequence: seq, capturedAtUs, encodedAfterUs } = item.frame;
  return { kind, seq, capturedAtUs, encodedAfterUs, receivedAtUs: item.receivedAtUs };
}
