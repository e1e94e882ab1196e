/**
 * This process's own output, as commands write to it: a terminal never makes it wait, a pipe says when
 * nobody reads it any more, all else is as Node has it. Owns which is which, and what is still to be
 * written at the end.
 */
import type { Clock } from '../transport/clock.js';
import type { TextOut } from './io.js';
import { isPipe, pipeText } from './pipe-text.js';
import { TerminalText } from './terminal-text.js';

export interface StandardStreams {
  readonly stdout: TextOut;
  readonly stderr: TextOut;
  /** Resolves when all is written, or the signal aborts. */
  drained(signal: AbortSignal): Promise<void>;
}

/** `onFault` is called with why one of the two cannot be written to. */
export function standardStreams(clock: Clock, onFault: (fault: unknown) => void): StandardStreams {
  const terminals: TerminalText[] = [];
  const textTo = (stream: NodeJS.WriteStream & { readonly fd: number }): TextOut => {
    stream.on('error', onFault);
    if (!stream.isTTY) return isPipe(stream.fd) ? pipeText(stream) : stream;
    const text = new TerminalText(stream, clock, onFault);
    terminals.push(text);
    process.on('exit', () => {
      text.writeNow();
    });
    return text;
  };
  return {
    stdout: textTo(process.stdout),
    stderr: textTo(process.stderr),
    drained: async (signal) => {
      await Promise.all(terminals.map((text) => text.drained(signal)));
    },
  };
}
