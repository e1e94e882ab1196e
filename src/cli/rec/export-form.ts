/**
 * What an export is, by the name of its output. Owns the endings and the word for a wrong one.
 */
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import type { Part } from '../../daemon/recording/reading/part.js';
import { MeetError } from '../../transport/errors.js';
import { didYouMean } from '../../transport/near-word.js';
import type { StreamKind } from '../../transport/stream-kind.js';

const FORMS = ['.mkv', '.mp4', '.wav', '.jpg', '.jpeg', '.png'] as const;
export type ExportForm = (typeof FORMS)[number] | 'folder';

/** What comes nearest to endings of other programs. */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  '.mp4': ['.avi', '.flv', '.gif', '.m4v', '.mov', '.mpg', '.mpeg', '.ts', '.webm', '.wmv'],
  '.wav': ['.aac', '.aif', '.aiff', '.flac', '.m4a', '.mp3', '.ogg', '.opus', '.wave', '.wma'],
  '.jpg': ['.bmp', '.tif', '.tiff', '.webp', '.avif', '.heic'],
  'a folder (DIR/)': ['.zip', '.tar', '.gz', '.tgz', '.7z'],
};

/** By its ending; a folder by a slash at its end, or because it is one. Rejects with MEET_USAGE. */
export async function formOf(output: string | undefined): Promise<ExportForm> {
  const forms = `${FORMS.join(', ')} or a folder (DIR/)`;
  if (output === undefined) {
    throw new MeetError('MEET_USAGE', `say what to write: -o FILE, which ends in ${forms}`);
  }
  if (output === '-') {
    throw new MeetError(
      'MEET_USAGE',
      `nothing is written to stdout (-o -): it gets its name when it is whole; expected ${forms}`,
    );
  }
  if (/[/\\]$/.test(output)) return 'folder';
  const ending = extname(output).toLowerCase();
  const form = FORMS.find((each) => each === ending);
  if (form !== undefined) return form;
  const found = await stat(output).catch(() => undefined);
  if (found?.isDirectory() === true) return 'folder';
  const said = JSON.stringify(output);
  const what = ending === '' ? 'has no ending' : `ends in ${JSON.stringify(ending)}`;
  throw new MeetError('MEET_USAGE', `${said} ${what}${nearest(ending)}; expected ${forms}`);
}

/** Throws MEET_USAGE where the form is of pictures, or of sound, and the parts have none. */
export function requireSome(form: ExportForm, parts: readonly Pick<Part, 'kinds'>[]): void {
  const has = (kind: StreamKind): boolean => parts.some(({ kinds }) => kinds.includes(kind));
  const isOfPictures = form === 'folder' || form === '.png' || form === '.jpg' || form === '.jpeg';
  if (isOfPictures && !has('screen') && !has('video')) {
    throw new MeetError('MEET_USAGE', 'there are no pictures in it; write its sound: -o NAME.wav');
  }
  if (form === '.wav' && !has('audio')) {
    throw new MeetError('MEET_USAGE', 'there is no sound in it; write its pictures: -o NAME.mp4');
  }
}

function nearest(ending: string): string {
  const [instead] = Object.entries(INSTEAD).find(([, others]) => others.includes(ending)) ?? [];
  if (instead === undefined) return didYouMean(ending, FORMS);
  return `, which is not written here (${instead} is)`;
}
