/**
 * Files and folders that get their names when they are whole, and are called `.NAME.PID-N.part` until then.
 * Owns that name, and telling which of them a program left that was killed; removes nothing.
 */
import { systemErrorCode } from '../../transport/errors.js';
import { parseSegmentFileName } from './segment-name.js';
import type { SegmentName } from './segment-name.js';

/** Not written to for so long: whoever began it has ended, on another machine or in a container, too. */
export const AT_REST_MS = 60_000;

export interface UnfinishedName {
  /** The name that it was to get. */
  readonly target: string;
  /** Of the process that wrote it. */
  readonly pid: number;
}

/** `attempt`: 1 to 999, of this process. */
export function unfinishedName(target: string, attempt: number): string {
  return `.${target}.${process.pid}-${attempt}.part`;
}

/** Undefined for another name. */
export function parseUnfinishedName(name: string): UnfinishedName | undefined {
  const [, target = '', pid] = /^\.(.+)\.(\d{1,10})-\d{1,3}\.part$/s.exec(name) ?? [];
  return pid === undefined ? undefined : { target, pid: Number(pid) };
}

/** The segment that a killed `meet rec recover` was making; undefined for any other name, and while it runs. */
export function leftOfRecovery(name: string): SegmentName | undefined {
  const unfinished = parseUnfinishedName(name);
  if (unfinished === undefined) return undefined;
  const segment = parseSegmentFileName(unfinished.target);
  return segment?.mark === 'recovered' && !isRunning(unfinished.pid) ? segment : undefined;
}

/** Whether a process of this machine has that number. */
export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (thrown) {
    return systemErrorCode(thrown) !== 'ESRCH';
  }
}
