/**
 * Starts a recording program through node-record-lpcm16 and puts it under our own watch. Owns the
 * package's traps, all of them; never reads the sound.
 */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import recorder from 'node-record-lpcm16';
import type { SoundFormat } from '../../transport/stream-kind.js';
import { MeetError } from '../../transport/errors.js';
import type { ChildProgram } from '../child-program.js';
import { adoptProgram } from '../child-program.js';

/** The built module: this path is the same from src/capture/sound and from dist/capture/sound. */
const RECORDER_PATH = fileURLToPath(
  new URL('../../../dist/capture/sound/program-recorder.cjs', import.meta.url),
);

export interface RecordedStart {
  /** Absolute path. */
  readonly program: string;
  /** Arguments that make it write raw PCM of `format` to its standard output. */
  readonly args: readonly string[];
  /** The program's whole environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly format: SoundFormat;
}

/**
 * Resolves when the program runs; its `stdout` is paused. Rejects as `startProgram` does, and with
 * MEET_DEVICE_LOST when the system has no room for another program.
 */
export async function startRecorded(start: RecordedStart): Promise<ChildProgram> {
  return adoptProgram(start.program, record(start));
}

function record(start: RecordedStart): ChildProcess {
  try {
    const recording = recorder.record({
      recorder: RECORDER_PATH,
      audioType: 'raw',
      sampleRate: start.format.sampleRateHz,
      channels: start.format.channels,
      program: start.program,
      programArguments: start.args,
      environment: () => start.env,
    });
    // The package attaches no handler to the child, and none to its output, where it puts a string.
    recording.process.on('error', ignoreError);
    const stream = recording.stream();
    stream.on('error', ignoreError);
    // The package made it flow; what came before our own reader would be lost.
    stream.pause();
    return recording.process;
  } catch (thrown) {
    const words = thrown instanceof Error ? thrown.message : String(thrown);
    throw new MeetError(
      'MEET_DEVICE_LOST',
      `"${start.program}" could not be started: ${words}; is meet built (npm run build), and are there processes and open files left (ulimit -a)?`,
      { cause: thrown },
    );
  }
}

/** The program's end is told by `ended`, with its own words; a failed start by `adoptProgram`. */
function ignoreError(): void {
  return;
}
