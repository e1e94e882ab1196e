/**
 * Feeds a parser with generated inputs and says what went wrong: an error that is no MeetError, an
 * input that takes too long, memory that grows. Owns the loop and its watchdog; knows no parser.
 */
import { setFlagsFromString } from 'node:v8';
import { Script, createContext, runInNewContext } from 'node:vm';
import { MeetError } from '../../src/transport/errors.js';
import { makeInput } from './mutation.js';
import { Random } from './random.js';

/** A parser under test. */
export interface FuzzTarget {
  readonly name: string;
  /** Valid inputs, to be changed. */
  readonly corpus: readonly Buffer[];
  /** Gives the input to the parser. May throw MeetErrors, and only them. */
  parse(input: Buffer, random: Random): void;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Inputs that the parser took, and that it refused with a MeetError. */
  readonly taken: number;
  readonly refused: number;
  readonly codes: ReadonlySet<string>;
  /** Bytes by which the memory grew from the first tenth of the run to its end. */
  readonly grownBytes: number;
}

/** A batch that takes longer than this hangs: a thousand inputs take some 10 ms. */
const BATCH = 1000;
const BATCH_MAX_MS = 30_000;

/** `MEET_FUZZ_RUNS`, or the number of the ordinary run. */
export function runsWanted(): number {
  const wanted = Number(process.env.MEET_FUZZ_RUNS ?? 100_000);
  if (Number.isInteger(wanted) && wanted > 0) return wanted;
  throw new Error(`MEET_FUZZ_RUNS is ${String(process.env.MEET_FUZZ_RUNS)}, expected a count`);
}

/** `MEET_FUZZ_SEED`, or the time: each run tries other inputs. */
export function seedWanted(): number {
  return Number(process.env.MEET_FUZZ_SEED ?? Date.now() % 0xffff_ffff);
}

/**
 * Runs so many inputs, all following from the seed. Throws at the first one that fails, with what
 * repeats it. `batchMaxMs`: a thousand inputs that take longer hang.
 */
export function fuzz(
  target: FuzzTarget,
  inputs: number,
  seed: number,
  batchMaxMs = BATCH_MAX_MS,
): FuzzResult {
  const run = new FuzzRun(target, seed);
  // The watchdog of node:vm stops also a loop that never ends, wherever it is.
  const context = createContext({ batch: () => void 0 });
  const script = new Script('batch()');
  const collect = garbageCollector();
  let before = 0;
  for (let done = 0; done < inputs;) {
    const count = Math.min(BATCH, inputs - done);
    context.batch = () => {
      run.batch(count);
    };
    try {
      script.runInContext(context, { timeout: batchMaxMs });
    } catch (thrown) {
      throw run.failure(thrown);
    }
    done += count;
    if (before === 0 && done >= inputs / 10) before = heldBytes(collect);
  }
  return { ...run.counts, inputs, codes: run.codes, grownBytes: heldBytes(collect) - before };
}

class FuzzRun {
  readonly counts = { taken: 0, refused: 0 };
  readonly codes = new Set<string>();
  readonly #target: FuzzTarget;
  readonly #random: Random;
  readonly #seed: number;
  #number = 0;
  #input: Buffer = Buffer.alloc(0);

  constructor(target: FuzzTarget, seed: number) {
    this.#target = target;
    this.#seed = seed;
    this.#random = new Random(seed);
  }

  batch(count: number): void {
    for (let index = 0; index < count; index += 1) this.#next();
  }

  #next(): void {
    this.#number += 1;
    this.#input = makeInput(this.#random, this.#target.corpus);
    try {
      this.#target.parse(this.#input, this.#random);
      this.counts.taken += 1;
    } catch (thrown) {
      if (!(thrown instanceof MeetError) || thrown.code === 'MEET_INTERNAL') throw thrown;
      this.counts.refused += 1;
      this.codes.add(thrown.code);
    }
  }

  failure(cause: unknown): Error {
    return new Error(
      `${this.#target.name}: input ${this.#number} failed (${String(cause)}); repeat it with ` +
        `MEET_FUZZ_SEED=${this.#seed}, its bytes: ${this.#input.toString('hex')}`,
      { cause },
    );
  }
}

function heldBytes(collect: () => void): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node has no gc()');
  return () => void Reflect.apply(collect, undefined, []);
}
