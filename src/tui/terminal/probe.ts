/**
 * Asks the terminal what it can, once, in raw mode, before anything is drawn. Owns the questions and
 * the wait for the answers; judges nothing (capabilities.ts does).
 *
 * The last question, DA1, is one that every terminal answers: its answer ends the wait.
 */
import type { Clock } from '../../transport/clock.js';
import type { SharedMemory } from '../pictures/shared-memory.js';
import type { Environment, TerminalAnswers, TerminalCapabilities } from './capabilities.js';
import { judgeTerminal } from './capabilities.js';
import type { FilteredInput } from './filtered-input.js';
import type { TerminalReply } from './reply-parser.js';
import type { RunProgram } from './tmux-client.js';
import { askTmux } from './tmux-client.js';

/** Across the world and back, twice. */
const ANSWERS_WITHIN_MS = 1000;
/** kitty's numbers of the two questions. */
const DIRECT_QUERY = 31;
const MEMORY_QUERY = 32;

/** XTVERSION, cell and window in pixels, mode 2026 (ctlseqs); iTerm2's cell size; XTGETTCAP `RGB`. */
const VERSION = '\x1b[>0q';
const PIXELS = '\x1b[16t\x1b[14t';
const SYNCHRONIZED = '\x1b[?2026$p';
const ITERM2_CELL = '\x1b]1337;ReportCellSize\x07';
const TRUE_COLOUR = '\x1bP+q524742\x1b\\';
/** Where the cursor is, before and behind two bytes that are one letter in UTF-8; then it is gone again. */
const UTF8 = '\x1b7\x1b[?6n\xc3\xa9\x1b[?6n\x1b8\x1b[K';
const STATUS = '\x1b[5n';
const ATTRIBUTES = '\x1b[c';

export interface ProbeOptions {
  readonly input: FilteredInput;
  /** Puts text on the terminal. */
  readonly write: (text: string) => void;
  readonly columns: number;
  readonly rows: number;
  readonly env: Environment;
  readonly clock: Clock;
  readonly run: RunProgram;
  /** Left out where there is none (not Linux): pictures then go through the terminal's own bytes. */
  readonly memory?: SharedMemory;
  readonly signal?: AbortSignal;
}

/**
 * Resolves within a second or so, whatever the terminal does. When the signal aborts it rejects, but
 * waits for the answers first: the shell would take them for typed.
 */
export async function probeTerminal(options: ProbeOptions): Promise<TerminalCapabilities> {
  const { env, signal } = options;
  signal?.throwIfAborted();
  const inTmux = env.TMUX !== undefined && env.TMUX !== '';
  const [answers, tmux] = await Promise.all([
    askTerminal(options),
    inTmux ? askTmux(options.run) : undefined,
  ]);
  signal?.throwIfAborted();
  return judgeTerminal(answers, env, tmux);
}

async function askTerminal(options: ProbeOptions): Promise<TerminalAnswers> {
  const answers = new Answers(options.columns, options.rows);
  if ((options.env.TERM ?? 'dumb') === 'dumb') return answers;
  const memoryName = await offerMemory(options);
  const done = new AbortController();
  const stop = options.input.onReply((reply) => {
    answers.take(reply);
    if (reply.type === 'attributes') done.abort();
  });
  options.write(questions(options.env, memoryName));
  await options.clock.sleep(ANSWERS_WITHIN_MS, done.signal).catch(() => undefined);
  stop();
  options.memory?.removeAll();
  return answers;
}

/** Three bytes in shared memory: a terminal on this machine can read them, no other. */
async function offerMemory({ memory, env }: ProbeOptions): Promise<string | undefined> {
  if (memory === undefined || (env.SSH_CONNECTION ?? '') !== '') return undefined;
  return memory.put(Buffer.alloc(3)).catch(() => undefined);
}

/** The Linux console and Apple's Terminal show strings that they don't know as text. */
function questions(env: Environment, memoryName: string | undefined): string {
  if (env.TERM === 'linux') return UTF8 + STATUS + ATTRIBUTES;
  const kitty =
    kittyQuestion(DIRECT_QUERY, 'd', 'AAAA') +
    (memoryName === undefined
      ? ''
      : kittyQuestion(MEMORY_QUERY, 's', Buffer.from(memoryName).toString('base64')));
  const strings =
    env.TERM_PROGRAM === 'Apple_Terminal' ? '' : `${kitty}${ITERM2_CELL}${TRUE_COLOUR}`;
  return UTF8 + VERSION + strings + PIXELS + SYNCHRONIZED + STATUS + ATTRIBUTES;
}

function kittyQuestion(number: number, medium: 'd' | 's', payload: string): string {
  return `\x1b_Gi=${number},s=1,v=1,a=q,t=${medium},f=24;${payload}\x1b\\`;
}

/** The answers as they come in. */
class Answers implements TerminalAnswers {
  version: string | undefined;
  attributes: readonly number[] | undefined;
  acknowledges = false;
  synchronized = false;
  kitty = false;
  kittySharedMemory = false;
  iterm2 = false;
  trueColour = false;
  cell: { width: number; height: number } | undefined;
  utf8: boolean | undefined;
  #column: number | undefined;
  readonly #columns: number;
  readonly #rows: number;

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  take(reply: TerminalReply): void {
    if (reply.type === 'version') this.version = printable(reply.name);
    else if (reply.type === 'attributes') this.attributes = reply.values;
    else if (reply.type === 'acknowledged') this.acknowledges = true;
    else if (reply.type === 'capability') this.trueColour ||= isTrueColour(reply);
    else if (reply.type === 'iterm2') this.iterm2 ||= reply.text.startsWith('ReportCellSize=');
    else if (reply.type === 'kitty') this.#takeKitty(reply.keys, reply.message);
    else if (reply.type === 'pixels') this.#takePixels(reply);
    else if (reply.type === 'cursor') this.#takeColumn(reply.column);
    // 1 set, 2 reset: known and changeable (DECRPM); 3 is always on, 0 and 4 are of no use.
    else if (reply.type === 'mode' && reply.mode === 2026) {
      this.synchronized = reply.state === 1 || reply.state === 2;
    }
  }

  #takeKitty(keys: string, message: string): void {
    if (message !== 'OK') return;
    const numbers = keys.split(',');
    if (numbers.includes(`i=${DIRECT_QUERY}`)) this.kitty = true;
    if (numbers.includes(`i=${MEMORY_QUERY}`)) this.kittySharedMemory = true;
  }

  /** In the last column a letter moves nothing: then nothing is known. */
  #takeColumn(column: number): void {
    const letters = this.#column === undefined ? 0 : column - this.#column;
    if (letters === 1 || letters === 2) this.utf8 = letters === 1;
    this.#column = column;
  }

  /** A cell's own answer counts more than the window's share. */
  #takePixels({ of, width, height }: TerminalReply & { type: 'pixels' }): void {
    if (of === 'cell') this.cell = { width, height };
    else {
      this.cell ??= {
        width: Math.floor(width / this.#columns),
        height: Math.floor(height / this.#rows),
      };
    }
  }
}

function isTrueColour({ valid, text }: { valid: boolean; text: string }): boolean {
  return valid && text.startsWith('RGB');
}

/** A terminal's name is shown to people: 64 plain characters are enough. */
function printable(name: string): string {
  return name.replaceAll(/[^ -~]/g, '').slice(0, 64);
}
