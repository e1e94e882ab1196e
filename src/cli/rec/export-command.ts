/**
 * `meet rec export MEETING -o FILE`: a recording as what people send each other. Owns the way to each
 * form, and the form of the answer.
 */
import { lstat, stat } from 'node:fs/promises';
import { chaptersOf, ffmetadata } from '../../daemon/recording/export/chapters.js';
import type { ExportWish } from '../../daemon/recording/export/export-wish.js';
import { makeFilm } from '../../daemon/recording/export/film.js';
import { exportMkv } from '../../daemon/recording/export/mkv-export.js';
import { withOutput } from '../../daemon/recording/export/output-file.js';
import { exportPictures } from '../../daemon/recording/export/pictures-export.js';
import { exportSheet } from '../../daemon/recording/export/sheet-export.js';
import { exportWav } from '../../daemon/recording/export/wav-export.js';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { untilAskedToEnd } from '../until-end.js';
import type { ExportForm } from './export-form.js';
import { formOf, requireSome } from './export-form.js';
import { FilmEncoder } from './film-encoder.js';
import { LeftOut } from './left-out.js';
import { ProgressBar, lengthWords, sizeWords } from './progress-bar.js';
import { REC_EXPORT_OPTIONS } from './rec-options.js';
import type { RecExportOptions } from './rec-options.js';
import { chooseParts, chooseTimes } from './rec-selection.js';
import { diskReadFault, oneMeeting, openLibrary } from './rec-world.js';

interface Job {
  readonly io: Io;
  readonly library: Library;
  readonly options: RecExportOptions;
  readonly output: string;
  readonly wish: ExportWish;
  readonly title: string;
}

export async function recExportCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  return await untilAskedToEnd(io, () => exportMeeting(io, words, flags));
}

async function exportMeeting(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const options = resolveOptions(REC_EXPORT_OPTIONS, { flags, env: io.env });
  const form = await formOf(options.output);
  const output = options.output ?? '';
  const library = openLibrary(io, options.dir);
  const meeting = await oneMeeting(library, words);
  const parts = chooseParts(meeting, options.participant);
  requireSome(form, parts);
  await refuseSource(options.output ?? '', meeting.parts);
  const times = chooseTimes(meeting, parts, options);
  const bar = new ProgressBar(io, `export ${output}`);
  const leftOut = new LeftOut();
  leftOut.addParts(meeting, options.participant);
  const wish: ExportWish = {
    ...{ parts, ...times, signal: io.ending },
    onProgress: (atUs) => {
      bar.set(atUs - times.fromUs, times.toUs - times.fromUs);
    },
    onFault: (part: Part, thrown: unknown) => {
      leftOut.add(asMeetError(diskReadFault(part.path, thrown)).message);
    },
  };
  const title = `${meeting.room}, ${new Date(meeting.startedAtUs / 1000).toISOString()}`;
  let sizeBytes = 0;
  try {
    const bytes = await JOBS[form]({ io, library, options, output, wish, title });
    sizeBytes = typeof bytes === 'number' ? bytes : (await stat(output)).size;
  } finally {
    bar.end();
  }
  tell(io, options, { output, sizeBytes, ...times }, leftOut.words);
  return leftOut.isAny ? EXIT.damaged : EXIT.ok;
}

/** Not even with --force: what is exported would be lost, or all of it that is not. */
async function refuseSource(output: string, parts: readonly Part[]): Promise<void> {
  const found = await lstat(output).catch(() => undefined);
  for (const { path } of found === undefined ? [] : parts) {
    const source = await lstat(path).catch(() => undefined);
    if (source?.ino !== found?.ino || source?.dev !== found?.dev) continue;
    throw new MeetError(
      'MEET_USAGE',
      `${output} is one of the recordings that are exported, and would be lost; choose another name`,
    );
  }
}

const film = async ({ io, library, options, output, wish, title }: Job): Promise<void> => {
  const { fs } = library;
  const { width, height } = options.size;
  const even = { width: width - (width % 2), height: height - (height % 2) };
  const { parts, fromUs, toUs, onProgress } = wish;
  const chapters = await chaptersOf(fs, parts, wish);
  const hasSound = parts.some(({ kinds }) => kinds.includes('audio'));
  await withOutput(output, options.force, async (path) => {
    const metadata = ffmetadata(chapters, title, fromUs, toUs);
    const shape = { ...even, fps: options.fps, hasSound, metadata, path };
    const encoder = await FilmEncoder.start({ ...shape, signal: io.ending });
    try {
      await makeFilm(fs, {
        ...{ ...wish, ...even, fps: options.fps },
        onPicture: (pixels, atMs) => encoder.picture(pixels, atMs),
        onSound: hasSound ? (pcm, atMs) => encoder.sound(pcm, atMs) : undefined,
        onProgress: (us) => onProgress?.(fromUs + us),
      });
      await encoder.finish();
    } finally {
      await encoder.close();
    }
  });
};

const sheet = async ({ library, options, output, wish }: Job): Promise<void> => {
  await withOutput(output, options.force, (path) =>
    exportSheet(library.fs, { ...wish, ...options.size }, path, output),
  );
};

/** Each resolves with the bytes that it wrote, unless that is the size of its file. */
const JOBS: Readonly<Record<ExportForm, (job: Job) => Promise<unknown>>> = {
  '.mp4': film,
  '.jpg': sheet,
  '.jpeg': sheet,
  '.png': sheet,
  '.mkv': ({ io, library, options, output, wish, title }) =>
    withOutput(output, options.force, (path) =>
      exportMkv(library.fs, { ...wish, title, writingApp: `meet ${io.version}` }, path),
    ),
  '.wav': ({ library, options, output, wish }) =>
    withOutput(output, options.force, (path) => exportWav(library.fs, wish, path)),
  folder: ({ library, options, output, wish }) =>
    exportPictures(library.fs, wish, output, options.force),
};

interface Told {
  readonly output: string;
  readonly sizeBytes: number;
  readonly fromUs: number;
  readonly toUs: number;
}

function tell(
  io: Io,
  { json }: RecExportOptions,
  { output, sizeBytes, fromUs, toUs }: Told,
  faults: readonly string[],
): void {
  const seconds = (toUs - fromUs) / 1e6;
  if (json) {
    io.stdout.write(`${JSON.stringify({ path: output, seconds, sizeBytes, faults })}\n`);
    return;
  }
  for (const fault of faults) io.stderr.write(`left out: ${printable(fault)}\n`);
  io.stdout.write(`${printable(output)}  ${lengthWords(toUs - fromUs)}  ${sizeWords(sizeBytes)}\n`);
}
