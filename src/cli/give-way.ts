/**
 * Lets other programs go first, for a program that draws. Owns the priority of this process, all of its
 * threads included; raises nobody's.
 */
import { readdirSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/** Linux lists the threads of a process here, each by a number that setpriority(2) takes. */
const THREADS = '/proc/self/task';

/**
 * Where the cores do not suffice for all, this process is late. Linux keeps a priority for each thread:
 * those of V8 and those that decode pictures run by now, and have their own.
 */
export function giveWay(): void {
  for (const thread of threads()) {
    try {
      setPriority(thread, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended, or a sandbox forbids it: then it has the same as others.
    }
  }
}

/** 0 is the process itself, and on Linux its first thread. */
function threads(): number[] {
  try {
    return readdirSync(THREADS).map(Number);
  } catch {
    return [0];
  }
}
