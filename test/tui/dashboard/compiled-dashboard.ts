/**
 * The programs that show a scripted meeting, and the screen alone, in a terminal of their own. Owns the
 * folder that they are in.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compileProgram } from '../../setup/compiled-program.js';

export interface CompiledProgram extends AsyncDisposable {
  /** The program to give to Node. */
  readonly program: string;
}

/** A dashboard with a scripted meeting. Its folder is removed with `Symbol.asyncDispose`. */
export function compileDashboard(): Promise<CompiledProgram> {
  return compiled('test/tui/dashboard/dashboard-child.ts');
}

/** The screen alone, without a meeting. Its folder is removed with `Symbol.asyncDispose`. */
export function compileScreen(): Promise<CompiledProgram> {
  return compiled('test/tui/terminal/screen-child.ts');
}

async function compiled(source: string): Promise<CompiledProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'meet-dashboard-'));
  return {
    program: await compileProgram(source, folder),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
