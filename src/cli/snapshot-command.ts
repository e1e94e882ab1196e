/**
 * `meet snapshot NAME[/KIND]`: the newest picture of a stream as a JPEG. Owns where it is written;
 * the picture is the sharer's own bytes.
 */
import { open } from 'node:fs/promises';

import { MeetError } from '../transport/errors.js';
import type { Frame } from '../transport/frame.js';
import type { PictureKind } from '../transport/stream-kind.js';
import { SNAPSHOT_OPTIONS } from './client-options.js';
import type { SnapshotOptions } from './client-options.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { resolveOptions } from './option-table.js';
import { createViewer } from './viewer.js';
import { didYouMean } from './values.js';

const LOOPBACK = '127.0.0.1';
const KINDS: readonly PictureKind[] = ['screen', 'video'];

interface Target {
  readonly name: string;
  readonly kinds: readonly PictureKind[];
}

export async function snapshotCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const options = resolveOptions(SNAPSHOT_OPTIONS, { flags, env: io.env });
  const target = readTarget(words[0] ?? '');
  if (options.output === undefined && io.stdout.isTTY === true) {
    throw new MeetError(
      'MEET_USAGE',
      'a JPEG is not for a terminal; say where: -o FILE, or -o - | …',
    );
  }
  const frame = await takePicture(io, options, target);
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

/** As a viewer: what nobody watched until now is captured for this one picture. */
async function takePicture(io: Io, options: SnapshotOptions, target: Target): Promise<Frame> {
  const { ports, room, wait } = options;
  const host = options.host ?? LOOPBACK;
  let settle: (frame: Frame) => void = () => undefined;
  const picture = new Promise<Frame>((resolve) => {
    settle = resolve;
  });
  const viewer = createViewer(
    io,
    { host, ports, room, name: 'snapshot', kinds: target.kinds },
    {
      onRoster: () => undefined,
      onFrame: (participant, frame) => {
        const name = viewer.roster.find((entry) => entry.participant === participant)?.name;
        const meant = name === target.name || String(participant) === target.name;
        if (meant && !frame.unchanged) settle(frame);
      },
    },
  );
  const stop = new AbortController();
  try {
    await viewer.start();
    const late = io.clock.sleep(wait * 1000, AbortSignal.any([io.ending, stop.signal]));
    const frame = await Promise.race([picture, late.then(() => undefined)]);
    if (frame !== undefined) return frame;
    const names = viewer.roster.filter(({ streams }) => streams.length > 0).map(({ name }) => name);
    throw new MeetError(
      'MEET_DEVICE_SILENT',
      `no picture of "${target.name}" came in ${wait} s; sharing are: ${names.join(', ') || 'none'}`,
    );
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
    const file = await open(output, 'w', 0o600);
    await file.writeFile(frame.payload);
    await file.close();
  } catch (cause) {
    throw new MeetError('MEET_DISK_WRITE', `${output} cannot be written: ${String(cause)}`, {
      cause,
    });
  }
}
