/**
 * How many connections a listener takes, in all and from one address. Owns the counts; closes
 * nothing itself.
 */
import { readFileSync } from 'node:fs';

import { MeetError } from '../transport/errors.js';
import type { Limits } from '../transport/limits.js';

export class Door {
  readonly #limits: Limits;
  readonly #perAddress = new Map<string, number>();
  #connections = 0;
  /** One for all: in a flood much of what a refusal costs would be the error's stack. */
  #full: MeetError | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Lets a connection in (undefined) or says why not. Each one let in must `leave` once. */
  enter(address: string): MeetError | undefined {
    const most = this.#limits.connections;
    if (this.#connections >= most) {
      const words = `this port has ${this.#connections} connections, limit is ${most}`;
      return (this.#full ??= tooMany(words, 'connections'));
    }
    const here = this.#perAddress.get(address) ?? 0;
    const mostHere = this.#limits['connections-per-address'];
    if (here >= mostHere) {
      return tooMany(
        `${address} has ${here} connections to this port, limit is ${mostHere}`,
        'connections-per-address',
      );
    }
    this.#connections += 1;
    this.#perAddress.set(address, here + 1);
    return undefined;
  }

  leave(address: string): void {
    this.#connections -= 1;
    const here = (this.#perAddress.get(address) ?? 1) - 1;
    if (here > 0) this.#perAddress.set(address, here);
    else this.#perAddress.delete(address);
  }
}

/** Descriptors that the daemon needs besides connections: logs, workers, recordings in the making. */
const RESERVED_FILES = 128;
const LISTENERS = 3;

/** Of each recorded participant: index, sound, and the picture that is being written or synced. */
const FILES_OF_RECORDING = 4;

/**
 * Throws MEET_OPEN_FILES when all connection limits together, and a recording for each participant
 * that they allow, don't stay below the limit of open files. `openFiles` is the process's soft limit;
 * undefined where it can't be known.
 */
export function checkOpenFiles(
  limits: Limits,
  openFiles: number | undefined,
  recording: boolean,
): void {
  const { connections } = limits;
  const needed = neededFiles(limits, recording);
  if (openFiles === undefined || needed <= openFiles) return;
  throw new MeetError(
    'MEET_OPEN_FILES',
    `${LISTENERS} listeners of ${connections} connections${recording ? ', recorded,' : ''} need ${needed} open files, the limit is ${openFiles}; raise it (ulimit -n ${needed}) or lower --limit connections=N`,
  );
}

/** How many open files are left beside all of those. `openFiles` as above: Infinity where it is not known. */
export function openFilesLeft(
  limits: Limits,
  openFiles: number | undefined,
  recording: boolean,
): number {
  return Math.max(0, (openFiles ?? Infinity) - neededFiles(limits, recording));
}

function neededFiles({ connections }: Limits, recording: boolean): number {
  const recorded = recording ? connections * FILES_OF_RECORDING : 0;
  return connections * LISTENERS + recorded + RESERVED_FILES;
}

/** The soft limit of open files, from /proc (Linux); undefined elsewhere. */
export function openFileLimit(): number | undefined {
  try {
    const line = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return line?.[1] === undefined ? undefined : Number(line[1]);
  } catch {
    return undefined;
  }
}

function tooMany(words: string, limit: string): MeetError {
  return new MeetError('MEET_TOO_MANY_CONNECTIONS', `${words} (--limit ${limit}=N)`);
}
