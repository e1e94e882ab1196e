/**
 * `meet rec play MEETING`: a recording in the dashboard, as if it were now. Owns the wiring of files,
 * dashboard and sound.
 */
import { openOutput } from '../../playback/open-output.js';
import { SoundRoom } from '../../playback/sound-room.js';
import type { ShownMeeting } from '../dashboard-run.js';
import { drawsDashboard, showMeeting } from '../dashboard-run.js';
import type { ExitCode } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { exitFor, untilEnd } from '../until-end.js';
import type { Player } from '../../tui/meeting.js';
import { LeftOut } from './left-out.js';
import { lengthWords } from './progress-bar.js';
import { REC_PLAY_OPTIONS } from './rec-options.js';
import type { RecPlayOptions } from './rec-options.js';
import { chooseParts, chooseTimes } from './rec-selection.js';
import { oneMeeting, openLibrary } from './rec-world.js';
import { RecordedMeeting } from './recorded-meeting.js';
import { RecordingTeller } from './recording-teller.js';

export async function recPlayCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const options = resolveOptions(REC_PLAY_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, options.dir);
  const found = await oneMeeting(library, words);
  const parts = chooseParts(found, options.participant);
  const times = chooseTimes(found, parts, options);
  const leftOut = new LeftOut();
  leftOut.addParts(found, options.participant);
  for (const words of leftOut.words) io.stderr.write(`left out: ${printable(words)}\n`);
  const sound = options.play ? openSound(io, options) : undefined;
  const { fs } = library;
  const { clock } = io;
  const wish = { fs, clock, room: found.room, parts, ...times, speed: options.speed, sound };
  const meeting = new RecordedMeeting(wish);
  const stop = new AbortController();
  const { picture, plain, json } = options;
  const playing = meeting.run(stop.signal, !json && drawsDashboard(io, plain));
  const run = Object.assign(meeting, { finished: () => playing });
  try {
    const recording = (): string => playerWords(meeting.player.state());
    if (json) return await tellRecording(io, run, times.fromUs);
    return exitFor(await showMeeting(io, run, { picture, plain, recording }));
  } finally {
    stop.abort();
    await Promise.allSettled([playing, sound?.close()]);
  }
}

/** One JSON object for each change, until its end or a signal. */
async function tellRecording(io: Io, meeting: ShownMeeting, fromUs: number): Promise<ExitCode> {
  const teller = new RecordingTeller(io.stdout, meeting, fromUs);
  try {
    const finished = meeting.finished().then(() => undefined);
    const exitCode = exitFor(await Promise.race([finished, untilEnd(io, undefined)]));
    teller.tell({ event: 'end', exitCode });
    return exitCode;
  } finally {
    teller.close();
  }
}

/** `playing 0:01:05 of 0:10:00, 2 x`. */
function playerWords({ atMs, lengthMs, speed, isPaused }: ReturnType<Player['state']>): string {
  const times = `${lengthWords(atMs * 1000)} of ${lengthWords(lengthMs * 1000)}`;
  const word = isPaused ? (atMs >= lengthMs ? 'the end' : 'paused') : 'playing';
  return `${word} ${times}${speed === 1 ? '' : `, ${speed} x`}`;
}

function openSound(io: Io, { output }: RecPlayOptions): SoundRoom {
  const { clock, env, platform } = io;
  const onNotice = (line: string): void => {
    if (io.stderr.isTTY !== true || io.stdout.isTTY !== true) io.stderr.write(`${line}\n`);
  };
  return new SoundRoom({
    clock,
    output: (pull) => openOutput({ clock, pull, choice: output, env, platform, onNotice }),
  });
}
