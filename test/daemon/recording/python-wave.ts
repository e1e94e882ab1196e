/** What Python's `wave` and ffprobe, two readers that are not ours, say about WAVs. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SCRIPT = `
import sys, wave
for path in sys.argv[1:]:
    with wave.open(path) as file:
        data = file.readframes(file.getnframes())
        print(len(data), file.getnframes() * 4, file.getframerate(), file.getnchannels())
`;

/** Bytes of sound that Python reads of each 44.1 kHz stereo file. Rejects if it can't open one. */
export async function pythonWaveBytes(paths: readonly string[]): Promise<number[]> {
  if (paths.length === 0) return [];
  const { stdout } = await run('/usr/bin/python3', ['-c', SCRIPT, ...paths]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [read, claimed, rate, channels] = line.split(' ').map(Number);
      if (read !== claimed || rate !== 44_100 || channels !== 2) throw new Error(line);
      return read ?? Number.NaN;
    });
}

/** Seconds of sound that ffprobe reads. Rejects if it can't open the file or warns about it. */
export async function ffprobeSeconds(path: string): Promise<number> {
  const args = ['-v', 'warning', '-show_entries', 'stream=duration', '-of', 'csv=p=0', path];
  const { stdout, stderr } = await run('ffprobe', args);
  if (stderr !== '') throw new Error(stderr);
  return Number(stdout.trim());
}
