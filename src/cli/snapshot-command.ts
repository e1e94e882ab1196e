/**
 * `meet snapshot NAME[/KIND]`: the newest picture of a stream as a JPEG. Owns where it is written;
 * the picture is the sharer's own bytes.
 */
import { MeetError, systemErrorCode } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { Invite } from '../transport/invite-url.js';
import type { PictureKind } from '../transport/stream-kind.js';
import { didYouMean } from '../transport/near-word.js';
import { SNAPSHOT_OPTIONS } from './client-options.js';
import type { SnapshotOptions } from './client-options.js';
import { onceSecurely } from './client-trust.js';
import { daemonPlace } from './daemon-place.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { EndingSignal } from './io.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { writePatiently } from './patient-write.js';
import type { Target } from './picture-wish.js';
import { PictureWish } from './picture-wish.js';
import { exitFor } from './until-end.js';
import { createViewer } from './viewer.js';

const KINDS: readonly PictureKind[] = ['screen', 'video'];

export async function snapshotCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, SNAPSHOT_OPTIONS, flags);
  const target = readTarget(words[0] ?? '');
  if (options.output === undefined && io.stdout.isTTY === true) {
    throw new MeetError(
      'MEET_USAGE',
      'a JPEG is not for a terminal; say where: -o FILE, or -o - | …',
    );
  }
  const frame = await takePicture(io, options, target, invite);
  const reason: unknown = io.ending.reason;
  if (frame === undefined) return exitFor(reason instanceof EndingSignal ? reason : undefined);
  await writePicture(io, options, frame);
  return EXIT.ok;
}

/** `NAME` (its screen, else its camera), `NAME/screen`, `NAME/video`. */
function readTarget(word: string): Target {
  const at = word.lastIndexOf('/');
  if (at === -1) return { name: word, kinds: KINDS };
  const kind = KINDS.find((each) => each === word.slice(at + 1));
  if (kind !== undefined) return { name: word.slice(0, at), kinds: [kind] };
  const hint = didYouMean(word.slice(at + 1), KINDS);
  throw new MeetError('MEET_USAGE', `"${word}" names no picture${hint}: NAME/screen or NAME/video`);
}

/**
 * As a viewer: what nobody watched until now is captured for this one picture. Undefined: the user
 * wanted to end before it came.
 */
async function takePicture(
  io: Io,
  options: SnapshotOptions,
  target: Target,
  invite: Invite | undefined,
): Promise<Frame | undefined> {
  const { room, wait } = options;
  const where = await daemonPlace(io, options);
  const picture = new PictureWish(target);
  const viewer = createViewer(
    io,
    {
      ...{ ...where, room, name: 'snapshot', kinds: target.kinds },
      ...(await onceSecurely(io, { ...options, ...where }, invite)),
    },
    {
      onRoster: (roster) => {
        const wish = picture.choose(roster);
        if (wish !== undefined) viewer.select(wish.kind, [wish.participant]);
      },
      onFrame: (_, frame, ageMs) => {
        picture.take(frame, ageMs);
      },
    },
  );
  for (const kind of target.kinds) viewer.select(kind, []);
  const stop = new AbortController();
  try {
    await viewer.start();
    const late = io.clock.sleep(wait * 1000, AbortSignal.any([io.ending, stop.signal]));
    const over = late.then(
      () => undefined,
      () => undefined,
    );
    const lost = viewer.finished().then(() => undefined);
    const frame = await Promise.race([picture.fresh, over, lost]);
    if (frame !== undefined) return frame;
    return io.ending.aborted ? undefined : picture.newest(viewer.roster, wait);
  } finally {
    stop.abort();
    await viewer.close();
  }
}

async function writePicture(io: Io, { output }: SnapshotOptions, frame: Frame): Promise<void> {
  if (output === undefined || output === '-') {
    io.stdout.write(frame.payload);
    return;
  }
  try {
    await writePatiently(output, frame.payload, io.clock);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ELOOP') {
      const words = `${output} is a symlink, which is not followed; name the file itself, or - for standard output`;
      throw new MeetError('MEET_DISK_WRITE', words, { cause });
    }
    const why = systemErrorCode(cause) === 'ENXIO' ? 'nobody reads this pipe' : String(cause);
    throw new MeetError('MEET_DISK_WRITE', `${output} cannot be written: ${why}`, { cause });
  }
}
