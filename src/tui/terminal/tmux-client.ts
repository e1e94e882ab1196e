/**
 * What tmux knows of the terminal around it. Owns the one question; runs no program itself.
 */
import type { TmuxClient } from './capabilities.js';

/** Runs a program (no shell) and gives its standard output; rejects when it fails. */
export type RunProgram = (program: string, args: readonly string[]) => Promise<string>;

/** tmux(1), FORMATS; the parts cannot hold a tab. */
const QUESTION = '#{client_termname}\t#{client_termfeatures}\t#{allow-passthrough}';

/** Undefined when tmux does not answer: a server that is gone, another user's socket. */
export async function askTmux(run: RunProgram): Promise<TmuxClient | undefined> {
  try {
    return parseTmuxAnswer(await run('tmux', ['display', '-p', QUESTION]));
  } catch {
    return undefined;
  }
}

/** Reads the answer's three parts; tmux before 3.3 leaves the third one empty. */
export function parseTmuxAnswer(answer: string): TmuxClient {
  const [termName = '', features = '', passthrough = ''] = answer.trimEnd().split('\t');
  return {
    termName,
    features: features.split(',').filter((feature) => feature !== ''),
    passthrough: passthrough === 'on' || passthrough === 'all' || passthrough === '1',
  };
}
