/**
 * Takes a terminal: asks it what it can, then shows the screen on it. Owns the order of opening and
 * of giving back, by any end of the program; draws nothing.
 */
import type { Clock } from '../../transport/clock.js';
import type { PictureMode } from '../pictures/picture-mode.js';
import { SharedMemory, sweepSharedMemory } from '../pictures/shared-memory.js';
import type { Environment, TerminalCapabilities } from './capabilities.js';
import type { KeyStream, TerminalInput } from './filtered-input.js';
import { FilteredInput } from './filtered-input.js';
import { probeTerminal } from './probe.js';
import { TerminalOutput } from './terminal-output.js';
import { TerminalScreen } from './terminal-screen.js';
import type { RunProgram } from './tmux-client.js';

/** Of terminals since the VT100; terminfo has it for most of them, too. */
const USUAL_SIZE = { columns: 80, rows: 24 } as const;

/** What is used of process.stdout. */
export interface TerminalLine {
  readonly fd: number;
  readonly columns: number;
  readonly rows: number;
  on(event: 'resize', listener: () => void): unknown;
  off(event: 'resize', listener: () => void): unknown;
}

export interface OpenScreenOptions {
  readonly stdin: TerminalInput;
  readonly stdout: TerminalLine;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly run: RunProgram;
  readonly pictureMode: PictureMode;
  /** Registers what runs, synchronously, when the process ends; gives what takes it back. */
  readonly atExit: (run: () => void) => () => void;
  /** The terminal was closed or can't be written to. Called once; the screen has given up. */
  readonly onGone: (fault: unknown) => void;
  /** Ends the questions; the screen, once open, ends by `close()`. */
  readonly signal?: AbortSignal;
}

export interface OpenScreen {
  readonly screen: TerminalScreen;
  /** Ink's stdin. */
  readonly keys: KeyStream;
  readonly capabilities: TerminalCapabilities;
  /** Gives everything back at once, until `resume`: the program is about to be stopped. */
  suspend(): void;
  /** Takes the terminal again, at the size that it has now. */
  resume(): void;
  /** Gives everything back, raw mode last. Idempotent; the process then no longer waits for keys. */
  close(): Promise<void>;
}

/** Rejects with the signal's reason when it aborts, after giving the terminal back. */
export async function openScreen(options: OpenScreenOptions): Promise<OpenScreen> {
  const { stdin, stdout, clock, platform } = options;
  const input = new FilteredInput(stdin, clock);
  const output = new TerminalOutput(stdout.fd, clock);
  const memory = platform === 'linux' ? { memory: new SharedMemory() } : {};
  // Before the screen is there, raw mode is all that a crash must undo.
  let screen: TerminalScreen | undefined;
  const forgetExit = options.atExit(() => {
    screen?.restoreNow();
    input.close();
  });
  try {
    // What a dashboard that was killed has left holds memory until the machine is started again.
    if (platform === 'linux') await sweepSharedMemory(clock.wallUs() / 1000);
    const capabilities = await probeTerminal({
      ...options,
      ...memory,
      input,
      ...sizeOf(stdout),
      write: (text) => {
        // A terminal that is gone answers nothing, which is what the probe then says.
        void output.write(Buffer.from(text, 'latin1')).catch(() => undefined);
      },
    });
    const size = sizeOf(stdout);
    screen = new TerminalScreen({ ...options, ...memory, ...size, input, output, capabilities });
    return opened(screen, input, capabilities, stdout, forgetExit);
  } catch (thrown) {
    input.close();
    await output.close();
    forgetExit();
    throw thrown;
  }
}

/** A line that nobody told its size, such as a serial one, says 0: then it is taken for a usual one. */
function sizeOf({ columns, rows }: TerminalLine): { columns: number; rows: number } {
  return columns > 0 && rows > 0 ? { columns, rows } : USUAL_SIZE;
}

function opened(
  screen: TerminalScreen,
  input: FilteredInput,
  capabilities: TerminalCapabilities,
  stdout: TerminalLine,
  forgetExit: () => void,
): OpenScreen {
  const onResize = (): void => {
    const { columns, rows } = sizeOf(stdout);
    screen.resize(columns, rows);
  };
  stdout.on('resize', onResize);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    stdout.off('resize', onResize);
    await screen.close();
    input.close();
    forgetExit();
  };
  return {
    screen,
    keys: input.keys,
    capabilities,
    suspend: () => {
      screen.suspend();
      input.suspend();
    },
    resume: () => {
      // First: in the background it stops the program once more, before anything is drawn.
      input.resume();
      screen.resume();
      onResize();
    },
    close: () => (closing ??= close()),
  };
}
