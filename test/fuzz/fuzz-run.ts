/**
 * Feeds a parser with generated inputs and says what went wrong: an error that is no MeetError, an
 * input that takes too long, memory that grows. Owns the loop and its watchdog; knows no parser.
 */
import { Script, createContext } from 'node:vm';
import { MeetError } from '../../src/transport/errors.js';
import { collectGarbage } from '../setup/garbage.js';
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

/** How long a run goes on: so many inputs, or so many seconds. */
export type FuzzBound = { readonly inputs: number } | { readonly seconds: number };

export interface FuzzOptions {
  /** A thousand inputs that take a core for longer than this never come back. */
  readonly batchMaxMs?: number;
  /** Is told of the first input of each outcome: taken, or refused with words of their own. */
  readonly onOutcome?: (outcome: string, input: Buffer) => void;
}

/** A batch that takes longer than this of a core hangs: a thousand inputs take some 10 ms. */
const BATCH = 1000;
const BATCH_MAX_MS = 30_000;
/** A corpus stays small, whatever a parser finds to say. */
const OUTCOMES_MAX = 40;
/** No input may take longer; of one that did, the core's own time is counted, for others use it, too. */
const INPUT_MAX_MS = 1000;

/** `MEET_FUZZ_SECONDS` for each target, else `inputs`. */
export function boundWanted(inputs: number): FuzzBound {
  const text = process.env.MEET_FUZZ_SECONDS;
  if (text === undefined) return { inputs };
  const seconds = Number(text);
  if (seconds > 0 && seconds <= 86_400) return { seconds };
  throw new Error(`MEET_FUZZ_SECONDS is ${text}, expected seconds up to a day`);
}

/** `MEET_FUZZ_SEED`, or the time: each run tries other inputs. */
export function seedWanted(): number {
  return Number(process.env.MEET_FUZZ_SEED ?? Date.now() % 0xffff_ffff);
}

/**
 * Feeds the corpus as it is, then inputs that all follow from the seed, until the bound is reached.
 * Throws at the first one that fails, with what repeats it.
 */
export function fuzz(
  target: FuzzTarget,
  bound: FuzzBound,
  seed: number,
  options: FuzzOptions = {},
): FuzzResult {
  const run = new FuzzRun(target, seed, options.onOutcome);
  // The watchdog of node:vm stops also a loop that never ends, wherever it is.
  const context = createContext({ batch: () => void 0 });
  const script = new Script('batch()');
  const timeout = options.batchMaxMs ?? BATCH_MAX_MS;
  const done = progress(bound);
  let before: number | undefined;
  for (let share = 0; share < 1; share = done(run.inputs)) {
    const from = run.inputs;
    const to = 'inputs' in bound ? Math.min(from + BATCH, bound.inputs) : from + BATCH;
    context.batch = () => {
      run.feedTo(to);
    };
    const began = process.cpuUsage();
    while (run.fed < to) {
      try {
        script.runInContext(context, { timeout });
      } catch (thrown) {
        // The watchdog's clock goes on while other processes have the machine.
        if (!isWatchdog(thrown) || usedMs(began) >= timeout) throw run.failure(thrown);
      }
    }
    if (before === undefined && done(run.inputs) >= 0.1) before = heldBytes();
  }
  const grownBytes = heldBytes() - (before ?? 0);
  return { ...run.counts, inputs: run.inputs, codes: run.codes, grownBytes };
}

/** The share of the run that is over after so many inputs; 1 and more: all of it. */
function progress(bound: FuzzBound): (inputs: number) => number {
  if ('inputs' in bound) return (inputs) => inputs / bound.inputs;
  const beganMs = performance.now();
  return () => (performance.now() - beganMs) / (bound.seconds * 1000);
}

class FuzzRun {
  readonly counts = { taken: 0, refused: 0 };
  readonly codes = new Set<string>();
  readonly #target: FuzzTarget;
  readonly #random: Random;
  readonly #seed: number;
  readonly #onOutcome: FuzzOptions['onOutcome'];
  readonly #outcomes = new Set<string>();
  #number = 0;
  #fed = 0;
  #input: Buffer = Buffer.alloc(0);

  constructor(target: FuzzTarget, seed: number, onOutcome: FuzzOptions['onOutcome']) {
    this.#target = target;
    this.#seed = seed;
    this.#random = new Random(seed);
    this.#onOutcome = onOutcome;
  }

  get inputs(): number {
    return this.#number;
  }

  /** Of these, how many the parser has done with: one less where the watchdog came between. */
  get fed(): number {
    return this.#fed;
  }

  /** Feeds inputs until there were so many; begins with the one that the watchdog took away. */
  feedTo(number: number): void {
    if (this.#fed < this.#number) this.#next();
    while (this.#number < number) {
      const { corpus } = this.#target;
      const asItIs = corpus[this.#number];
      this.#input = asItIs === undefined ? makeInput(this.#random, corpus) : Buffer.from(asItIs);
      this.#number += 1;
      this.#next();
    }
  }

  /** Feeds the input and counts what became of it; only then the watchdog does not bring it back. */
  #next(): void {
    const beganMs = performance.now();
    const refusal = this.#feed();
    if (performance.now() - beganMs > INPUT_MAX_MS) this.#feedAgain();
    if (refusal === undefined) this.counts.taken += 1;
    else {
      this.counts.refused += 1;
      this.codes.add(refusal.code);
    }
    this.#fed = this.#number;
    if (this.#onOutcome !== undefined) this.#tell(refusal, this.#onOutcome);
  }

  #tell(refusal: MeetError | undefined, onOutcome: (outcome: string, input: Buffer) => void): void {
    const outcome = refusal === undefined ? 'taken' : `${refusal.code} ${shape(refusal.message)}`;
    if (this.#outcomes.has(outcome) || this.#outcomes.size >= OUTCOMES_MAX) return;
    this.#outcomes.add(outcome);
    onOutcome(outcome, this.#input);
  }

  /** Gives the input to the parser. Returns how it was refused; throws what is no refusal. */
  #feed(): MeetError | undefined {
    try {
      this.#target.parse(this.#input, this.#random);
      return undefined;
    } catch (thrown) {
      if (!(thrown instanceof MeetError) || thrown.code === 'MEET_INTERNAL') throw thrown;
      return thrown;
    }
  }

  #feedAgain(): void {
    const began = process.cpuUsage();
    try {
      this.#target.parse(this.#input, this.#random);
    } catch {
      // It was told the first time.
    }
    const tookMs = usedMs(began);
    if (tookMs > INPUT_MAX_MS) throw new Error(`it took ${Math.round(tookMs)} ms`);
  }

  failure(cause: unknown): Error {
    return new Error(
      `${this.#target.name}: input ${this.#number} failed (${String(cause)}); repeat it with ` +
        `MEET_FUZZ_SEED=${this.#seed}, its bytes: ${this.#input.toString('hex')}`,
      { cause },
    );
  }
}

/** An error of another realm, and so no `Error` of this one. */
function isWatchdog(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT';
}

/** What this process has had of the cores since then. */
function usedMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

/** The first words of a refusal without the values in them: they tell a parser's branches apart. */
function shape(message: string): string {
  const words = message.replaceAll(/"[^"]*"?|\S*\d\S*/g, '').match(/[A-Za-z]{2,}/g) ?? [];
  return words.slice(0, 6).join(' ');
}

function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
