/**
 * The whole output of a program that ends soon: lists of devices, the size of a screen. Owns its time and size limits;
 * for programs that keep running there is child-program.ts.
 */
import { execFile } from 'node:child_process';

/** A sound server that does not answer must not hold us: all of a backend's answer is due in 2 s. */
const TIMEOUT_MS = 1500;
const OUTPUT_LIMIT_BYTES = 1024 * 1024;

export interface ProgramOutput {
  /** It ended by itself with code 0. */
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program without a shell. Never rejects: what could not be started is not `ok`. */
export function programOutput(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<ProgramOutput> {
  return new Promise((resolve) => {
    const options = {
      env,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: OUTPUT_LIMIT_BYTES,
      windowsHide: true,
      encoding: 'utf8',
    } as const;
    try {
      execFile(program, [...args], options, (error, stdout, stderr) => {
        resolve({ ok: error === null, stdout, stderr });
      });
    } catch (thrown) {
      resolve({ ok: false, stdout: '', stderr: String(thrown) });
    }
  });
}
