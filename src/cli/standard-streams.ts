/**
 * This process's own output, as commands write to it: a terminal never makes it wait, a pipe says when
 * nobody reads it any more, a file outlives a full disk, all else is as Node has it. Owns which is which,
 * and what is still to be written at the end.
 */
import type { Clock } from '../transport/clock.js';
import { FileOut, isFileOut } from './file-out.js';
import type { TextOut } from './io.js';
import { isPipe, pipeText } from './pipe-text.js';
import { TerminalText } from './terminal-text.js';

export interface StandardStreams {
  readonly stdout: TextOut;
  readonly stderr: TextOut;
  /** Standard output is a file that could not be written for a while: something is missing in it. */
  readonly hasFailed: boolean;
  /** Resolves when all is written, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
}

export interface StandardStreamsOptions {
  readonly clock: Clock;
  /** One of the two cannot be written to any more. */
  readonly onGone: (fault: unknown) => void;
  /** Standard output is a file that cannot be written now. */
  readonly onUnwritten: (fault: unknown) => void;
}

export function standardStreams(options: StandardStreamsOptions): StandardStreams {
  const { clock, onGone, onUnwritten } = options;
  const terminals: TerminalText[] = [];
  const textTo = (stream: NodeJS.WriteStream & { readonly fd: number }): TextOut => {
    stream.on('error', onGone);
    if (isPipe(stream.fd)) return pipeText(stream);
    if (!stream.isTTY) return stream;
    const text = new TerminalText(stream, clock, onGone);
    terminals.push(text);
    process.on('exit', () => {
      text.writeNow();
    });
    return text;
  };
  const file = isFileOut(1) ? new FileOut({ fd: 1, onFault: onUnwritten }) : undefined;
  return {
    stdout: file ?? textTo(process.stdout),
    stderr: isFileOut(2)
      ? new FileOut({ fd: 2, onFault: () => undefined })
      : textTo(process.stderr),
    get hasFailed() {
      return file?.hasFailed === true;
    },
    drained: async (signal) => {
      await Promise.all(terminals.map((text) => text.drained(signal)));
    },
  };
}
