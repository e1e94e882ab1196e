/**
 * Another machine, as far as the network is concerned: a namespace of its own, tied to this one by a
 * pair of virtual cables. Owns both, which go when the file's tests have ended. Linux, as root: ask
 * `needs('ip')` before.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';

const run = promisify(execFile);
const NUMBERS = 250;

export interface OtherMachine {
  /** This machine's address as the other one reaches it. */
  readonly here: string;
  readonly there: string;
  /** Put in front of a command to run it there. */
  readonly within: readonly string[];
}

/** Call it at the top of a suite. */
export function useOtherMachine(): OtherMachine {
  const number = freeNumber(process.pid % NUMBERS);
  const name = `meet-test-${process.pid}`;
  const [cable, end] = [`meeta${number}`, `meetb${number}`];
  // RFC 2544's range for benchmarks, beyond the part that elsewhere.ts uses.
  const [here, there] = [`198.19.${number}.1`, `198.19.${number}.2`];
  const inside = ['netns', 'exec', name, 'ip'];
  beforeAll(async () => {
    await run('ip', ['netns', 'add', name]);
    await run('ip', ['link', 'add', cable, 'type', 'veth', 'peer', 'name', end, 'netns', name]);
    await run('ip', ['address', 'add', `${here}/24`, 'dev', cable]);
    await run('ip', ['link', 'set', cable, 'up']);
    await run('ip', [...inside, 'address', 'add', `${there}/24`, 'dev', end]);
    await run('ip', [...inside, 'link', 'set', end, 'up']);
    await run('ip', [...inside, 'link', 'set', 'lo', 'up']);
  });
  afterAll(async () => {
    await run('ip', ['netns', 'del', name]);
  });
  return { here, there, within: ['ip', 'netns', 'exec', name] };
}

/** From that one on; a run that was killed may have left a cable. */
function freeNumber(first: number): number {
  const numbers = Array.from({ length: NUMBERS }, (_, at) => (first + at) % NUMBERS);
  return numbers.find((number) => !existsSync(`/sys/class/net/meeta${number}`)) ?? first;
}
