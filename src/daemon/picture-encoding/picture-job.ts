/**
 * What goes between the picture pool and its worker threads: one job, one reply. Owns these messages
 * and their check on arrival; moves no pixels.
 */
import type { ErrorCode } from '../../transport/errors.js';
import { ERROR_CODES, MeetError } from '../../transport/errors.js';
import type { Limits } from '../../transport/limits.js';

/**
 * `to-jpeg`: an older video record (32 bytes of room, pickle) to a record (32 bytes of room, JPEG).
 * `to-older`: a JPEG to a whole frame of the older video framing (u64 length, pickle).
 */
export type PictureTask = 'to-jpeg' | 'to-older';

/** Given to a worker when it starts. */
export interface WorkerSettings {
  readonly limits: Limits;
  readonly quality: number;
}

/** The buffer is transferred: the sender has it no more. */
export interface PictureJob {
  readonly task: PictureTask;
  readonly bytes: Uint8Array;
}

export type PictureReply =
  | {
      readonly ok: true;
      readonly bytes: Uint8Array;
      readonly width: number;
      readonly height: number;
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** Throws MEET_INTERNAL for a message that is no reply. */
export function parseReply(message: unknown): PictureReply {
  if (isRecord(message)) {
    const { ok, bytes, width, height, code, message: words } = message;
    if (
      ok === true &&
      bytes instanceof Uint8Array &&
      typeof width === 'number' &&
      typeof height === 'number'
    ) {
      return { ok, bytes, width, height };
    }
    if (ok === false && isErrorCode(code) && typeof words === 'string') {
      return { ok, code, message: words };
    }
  }
  throw new MeetError('MEET_INTERNAL', 'a picture worker sent something that is no reply');
}

/** undefined for a message that is no job: the pool's word to end. */
export function parseJob(message: unknown): PictureJob | undefined {
  if (!isRecord(message)) return undefined;
  const { task, bytes } = message;
  if (task !== 'to-jpeg' && task !== 'to-older') return undefined;
  return bytes instanceof Uint8Array ? { task, bytes } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_CODES, value);
}
