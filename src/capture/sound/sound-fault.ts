/**
 * What the last words of a recording program mean: the code and how to mend it. Owns the table of
 * these words, which are those of libpulse, alsa-lib and the kernel; runs nothing.
 */
import type { ErrorCode } from '../../transport/errors.js';
import { MeetError } from '../../transport/errors.js';
import type { ProgramEnd } from '../child-program.js';
import { noSoundServer } from './pulse-sources.js';
import type { Environment } from './sound-environment.js';

interface Row {
  readonly words: RegExp;
  readonly code: ErrorCode;
  readonly mend: string;
}

/** Measured with parec 16.1, arecord 1.2.8, sox 14.4.2 and ffmpeg 5.1; first match counts. */
const TABLE: readonly Row[] = [
  {
    words: /Device or resource busy/i,
    code: 'MEET_DEVICE_BUSY',
    mend: 'another program records from it; see which: fuser -v /dev/snd/*',
  },
  {
    words: /Access denied|Permission denied|Operation not permitted|not authorized/i,
    code: 'MEET_DEVICE_PERMISSION',
    mend: 'let this user in: usermod -aG audio $USER, then log in again (a sound server: run as the user that started it)',
  },
  {
    words:
      /No such entity|Unknown PCM|No such device|No such file|Cannot get card|Invalid CARD|Input\/output error/i,
    code: 'MEET_DEVICE_NAME',
    mend: 'see which there are: meet devices (pactl list short sources, arecord -l)',
  },
];

/** libpulse without a server; ffmpeg says it as ESRCH, sox as a missing default. */
const NO_SERVER =
  /Connection failure|Connection refused|Connection terminated|No such process|no default audio device/i;

export interface EndedProgram {
  readonly program: string;
  readonly device: string;
  /** Its last words. */
  readonly words: string;
  readonly end: ProgramEnd;
  readonly env: Environment;
}

/** A program that ended before it gave any sound. */
export function openingFault(ended: EndedProgram): MeetError {
  const row = TABLE.find(({ words }) => words.test(ended.words));
  if (row !== undefined) {
    return new MeetError(
      row.code,
      `${ended.program} could not record from "${ended.device}": ${lastWords(ended)}; ${row.mend}`,
    );
  }
  if (NO_SERVER.test(ended.words)) return noSoundServer(ended.env, lastWords(ended));
  return new MeetError(
    'MEET_DEVICE_LOST',
    `${ended.program} ended before any sound came from "${ended.device}": ${lastWords(ended)}; see what there is: meet devices`,
  );
}

/** A program that ended while it recorded. */
export function runningFault(ended: EndedProgram): MeetError {
  return new MeetError(
    'MEET_DEVICE_LOST',
    `${ended.program} ended while it recorded from "${ended.device}": ${lastWords(ended)}; is the device still plugged in and the sound server running?`,
  );
}

/** A device that is open and gives nothing. */
export function silentFault(program: string, device: string, silentMs: number): MeetError {
  return new MeetError(
    'MEET_DEVICE_SILENT',
    `"${device}" is open but gave ${program} no sound for ${silentMs / 1000} s; is it muted, suspended or unplugged? See: meet devices`,
  );
}

function lastWords({ words, end }: EndedProgram): string {
  const ending = end.signal === null ? `code ${end.code ?? 'unknown'}` : `killed by ${end.signal}`;
  const line = words.replaceAll(/\s*\n\s*/g, ' / ');
  return line === '' ? ending : `${line} (${ending})`;
}
