/**
 * `meet rec verify [MEETING…]`: reads recordings through and names what is damaged. Owns the form of
 * the answer and the exit code.
 */
import { withoutMended } from '../../daemon/recording/reading/catalog.js';
import type { Library } from '../../daemon/recording/reading/find-meeting.js';
import type { Part } from '../../daemon/recording/reading/part.js';
import type { PassOptions } from '../../daemon/recording/reading/verify-file.js';
import { verifyPart } from '../../daemon/recording/reading/verify-part.js';
import type { PartVerdict } from '../../daemon/recording/reading/verify-part.js';
import { asMeetError } from '../../transport/errors.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Io } from '../io.js';
import { resolveOptions } from '../option-table.js';
import { printable } from '../printable.js';
import { untilAskedToEnd } from '../until-end.js';
import { eachPart } from './each-part.js';
import { sizeWords } from './progress-bar.js';
import { REC_VERIFY_OPTIONS } from './rec-options.js';
import { diskReadFault, meetingsNamed, openLibrary } from './rec-world.js';

export async function recVerifyCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  return await untilAskedToEnd(io, () => verifyAll(io, words, flags));
}

async function verifyAll(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { dir, json } = resolveOptions(REC_VERIFY_OPTIONS, { flags, env: io.env });
  const library = openLibrary(io, dir);
  const parts = (await meetingsNamed(library, words)).flatMap((meeting) => meeting.parts);
  const verdicts: PartVerdict[] = [];
  await eachPart(io, 'verify', parts, async (part, pass, bar) => {
    const verdict = await verifyOne(library, part, pass);
    verdicts.push(verdict);
    if (json) return;
    bar.end();
    for (const line of verdictLines(verdict)) io.stdout.write(`${line}\n`);
  });
  const damaged = verdicts.filter(({ state }) => state === 'damaged');
  if (json) io.stdout.write(`${JSON.stringify(verdictsJson(verdicts))}\n`);
  else io.stdout.write(`${summary(verdicts, damaged)}\n`);
  return damaged.length === 0 ? EXIT.ok : EXIT.damaged;
}

/** Of one that cannot be read at all, the reason is its fault. */
async function verifyOne({ fs }: Library, part: Part, options: PassOptions): Promise<PartVerdict> {
  try {
    return await verifyPart(fs, part, options);
  } catch (thrown) {
    if (options.signal?.aborted === true) throw thrown;
    const fault = asMeetError(diskReadFault(part.path, thrown));
    return { part, state: 'damaged', frames: 0, faults: [fault.message], faultsLeftOut: 0 };
  }
}

function verdictLines({ part, state, frames, faults, faultsLeftOut }: PartVerdict): string[] {
  const line = `${state.padEnd(8)}  ${printable(part.path)}  ${frames} frames, ${sizeWords(part.sizeBytes)}`;
  const more = faultsLeftOut > 0 ? [`  and ${faultsLeftOut} more faults`] : [];
  return [line, ...faults.map((fault) => `  ${printable(fault)}`), ...more];
}

/** What is damaged and has been recovered stays named, until somebody removes it. */
function summary(verdicts: readonly PartVerdict[], damaged: readonly PartVerdict[]): string {
  if (verdicts.length === 0) return 'there are no recordings here';
  const unread = new Set(verdicts.map(({ part }) => part));
  for (const part of withoutMended([...unread])) unread.delete(part);
  const mended = damaged.filter(({ part }) => unread.has(part)).length;
  const words = [
    ...(mended > 0 ? [`${mended} of these recovered already`] : []),
    ...(mended < damaged.length ? ['meet rec recover MEETING saves what is whole'] : []),
  ];
  return [`${verdicts.length} verified, ${damaged.length} damaged`, ...words].join('; ');
}

function verdictsJson(verdicts: readonly PartVerdict[]): Record<string, unknown> {
  const files = verdicts.map(({ part, state, frames, faults, faultsLeftOut }) => ({
    ...{ path: part.path, state, frames, sizeBytes: part.sizeBytes, faults },
    ...(faultsLeftOut > 0 ? { faultsLeftOut } : {}),
  }));
  return { files, damaged: files.filter(({ state }) => state === 'damaged').length };
}
