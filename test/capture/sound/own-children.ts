/** The programs that this test process runs right now. Owns the looking; ends nothing by itself. */
import { execFile } from 'node:child_process';

export interface OwnChild {
  readonly pid: number;
  readonly args: string;
}

/** Children of this process whose command line contains `text`. */
export function ownChildren(text: string): Promise<readonly OwnChild[]> {
  const options = ['-o', 'pid=,args=', '--ppid', String(process.pid)];
  return new Promise((resolve, reject) => {
    execFile('ps', options, (error, stdout) => {
      if (error !== null) {
        reject(new Error('ps could not list children', { cause: error }));
        return;
      }
      const rows = [...stdout.matchAll(/^\s*(\d+) (.*)$/gm)];
      resolve(
        rows
          .map(([, pid = '', args = '']) => ({ pid: Number(pid), args }))
          .filter(({ args }) => args.includes(text) && !args.startsWith('ps ')),
      );
    });
  });
}
