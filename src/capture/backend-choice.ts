/**
 * Which backend opens what the user asked for. Owns the order of attempts and the one error that tells
 * all of them; opens no device itself.
 *
 *   test         the backend "test"
 *   file:PATH    the backend "file", with the whole source as its device
 *   NAME         each backend that can be used here, until one opens it
 *   nothing      the same with each backend's best device
 */
import type { ErrorCode } from '../transport/errors.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { quotedName } from './quoted-name.js';
import type { Backend, OpenRequest, Source } from './source.js';

/** Names that the backends of each kind have for these two; `auto` never falls back to them. */
export const TEST_BACKEND = 'test';
export const FILE_BACKEND = 'file';
const ON_REQUEST_ONLY: readonly string[] = [TEST_BACKEND, FILE_BACKEND];
/** What a source that is a file begins with. */
export const FILE_PREFIX = 'file:';
const AUTO = 'auto';

export interface SourceChoice extends Omit<OpenRequest, 'device'> {
  readonly kind: StreamKind;
  /** `test`, `file:PATH`, a device's name, or undefined for the best there is. */
  readonly source: string | undefined;
  /** A backend's name, or `auto`. `test` and `file:` choose their own whatever it is. */
  readonly backend: string;
  /** In the order in which `auto` tries them; other kinds' are passed over. */
  readonly backends: readonly Backend[];
}

interface Failure {
  readonly backend: string;
  readonly fault: MeetError;
}

/**
 * The fault whose code speaks for several: what a device said itself says most, a backend that can't
 * be used here says least.
 */
const TELLING_ORDER: readonly ErrorCode[] = [
  'MEET_DEVICE_PERMISSION',
  'MEET_DEVICE_BUSY',
  'MEET_DEVICE_SILENT',
  'MEET_DEVICE_LOST',
  'MEET_FILE_SOURCE',
  'MEET_WAYLAND',
  'MEET_DEVICE_NAME',
  'MEET_DEVICE_NONE',
  'MEET_PROGRAM_MISSING',
];

/**
 * Opens a source. Rejects with MEET_USAGE for a backend that there is not, with the backend's own
 * error when only one was tried, else with one error that tells in a line what each said; its code is
 * the most telling one, its cause an AggregateError of all.
 */
export async function openSource(choice: SourceChoice): Promise<Source> {
  const candidates = chooseBackends(choice);
  const failures: Failure[] = [];
  for (const backend of candidates) {
    try {
      return await openWith(backend, choice);
    } catch (thrown) {
      const fault = asMeetError(thrown, 'MEET_DEVICE_LOST');
      if (fault.code === 'MEET_CLOSED' || choice.signal.aborted) throw fault;
      failures.push({ backend: backend.name, fault });
    }
  }
  throw allFailed(choice, failures);
}

/** The backends that may open a source, in order. Throws MEET_USAGE for an unknown name. */
export function chooseBackends(
  choice: Pick<SourceChoice, 'kind' | 'source' | 'backend' | 'backends'>,
): readonly Backend[] {
  const ofKind = choice.backends.filter(({ kind }) => kind === choice.kind);
  const named = (name: string): readonly Backend[] => ofKind.filter((one) => one.name === name);
  if (choice.backend !== AUTO && named(choice.backend).length === 0) {
    throw unknownBackend(choice, ofKind);
  }
  if (choice.source === TEST_BACKEND) return named(TEST_BACKEND);
  if (choice.source?.startsWith(FILE_PREFIX) === true) return named(FILE_BACKEND);
  if (choice.backend !== AUTO) return named(choice.backend);
  return ofKind.filter(({ name }) => !ON_REQUEST_ONLY.includes(name));
}

async function openWith(backend: Backend, choice: SourceChoice): Promise<Source> {
  const { context, wish, sink, signal, source } = choice;
  const device = source === TEST_BACKEND ? undefined : source;
  const fault = await backend.unavailable(context, device);
  if (fault !== undefined) throw fault;
  return await backend.open({ context, device, wish, sink, signal });
}

function unknownBackend(
  { kind, backend }: Pick<SourceChoice, 'kind' | 'backend'>,
  ofKind: readonly Backend[],
): MeetError {
  const names = [AUTO, ...ofKind.map(({ name }) => name)];
  return new MeetError(
    'MEET_USAGE',
    `there is no ${kind} backend ${quotedName(backend)}${didYouMean(backend, names)}: ` +
      `expected ${names.join(', ')}`,
  );
}

/** As people call what a kind comes from. */
const DEVICE_OF: Readonly<Record<StreamKind, string>> = {
  screen: 'screen',
  video: 'camera',
  audio: 'microphone',
};

function allFailed({ kind, source }: SourceChoice, failures: readonly Failure[]): MeetError {
  const [first, ...others] = failures;
  if (first === undefined) {
    return new MeetError(
      'MEET_DEVICE_NONE',
      `nothing here can capture ${kind}; try --${kind} test`,
    );
  }
  if (others.length === 0) return first.fault;
  const faults = failures.map(({ fault }) => fault);
  const code =
    TELLING_ORDER.find((known) => faults.some((fault) => fault.code === known)) ?? first.fault.code;
  const what =
    source === undefined ? `no ${DEVICE_OF[kind]}` : `${DEVICE_OF[kind]} ${quotedName(source)}`;
  const tried = groupedByWords(failures).join(' | ');
  const verb = source === undefined ? 'could be opened' : "can't be opened";
  return new MeetError(code, `${what} ${verb}; ${tried.replaceAll(/\s*\n\s*/g, ' ')}`, {
    cause: new AggregateError(faults),
  });
}

/** `parec, sox: no sound server …`: what several say in the same words is said once. */
function groupedByWords(failures: readonly Failure[]): string[] {
  const backends = new Map<string, string[]>();
  for (const { backend, fault } of failures) {
    backends.set(fault.message, [...(backends.get(fault.message) ?? []), backend]);
  }
  return [...backends].map(([words, names]) => `${names.join(', ')}: ${words}`);
}
