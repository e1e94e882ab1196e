/**
 * A terminal opened once more, so that writing to it never makes this program wait. Owns the opening and
 * what "full" is; queues nothing.
 *
 * Node writes to terminals synchronously: one that is stopped, by Ctrl-S or because its window hangs,
 * stops the whole program. Nor may O_NONBLOCK be set on the shell's own file description: it would stay
 * so for everybody else.
 */
import { closeSync, constants, openSync, writeSync } from 'node:fs';

/** A file descriptor of its own; undefined where there is none to be had (another user's terminal, not Linux). */
export function openPatiently(fd: number): number | undefined {
  try {
    const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK;
    const opened = openSync(`/proc/self/fd/${fd}`, flags);
    if (opened > 2) return opened;
    closeSync(opened); // never in the place of a standard stream
    return undefined;
  } catch {
    return undefined;
  }
}

/** Offers bytes to one that `openPatiently` gave: how many it took, at once. Throws when it is gone. */
export function offerPatiently(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (thrown) {
    if (isFull(thrown)) return 0;
    throw thrown;
  }
}

/** Whether a failed write or read says that there is no room, or nothing, for now. */
export function isFull(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'EAGAIN' || thrown.code === 'EINTR';
}

/** Waits without turning the event loop: for a program's last words alone. */
export function pauseSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
