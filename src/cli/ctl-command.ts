/**
 * `meet ctl`: stops, starts, mutes, unmutes and sends away, on a daemon or on this user's own running
 * share. Owns how its words are read; the programs act.
 *
 *   meet ctl stop screen          this user's own share
 *   meet ctl stop NAME [screen]   a participant of the daemon, for the host
 *   meet ctl admit NAME           who may come in (admission-command.ts)
 */
import { MeetError } from '../transport/errors.js';
import type { ToggleAction } from '../transport/command-records.js';
import { TOGGLE_ACTIONS } from '../transport/command-records.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { Invite } from '../transport/invite-url.js';
import { didYouMean } from '../transport/near-word.js';
import { ADMISSION_WORDS, admissionCommand } from './admission-command.js';
import { CTL_OPTIONS } from './client-options.js';
import type { CtlOptions } from './client-options.js';
import type { Data } from './answer.js';
import { openShareControls } from './control-client.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { HostAsker } from './host-asker.js';
import { openHost } from './host-asker.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';

interface Wish {
  readonly action: ToggleAction;
  /** undefined: one's own share. */
  readonly target: string | undefined;
  readonly kind: StreamKind | undefined;
}

/** Acknowledged and idempotent: asking twice is fine, the second time changes nothing. */
export async function ctlCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, CTL_OPTIONS, flags);
  const admission = ADMISSION_WORDS.find((each) => each === words[0]);
  if (admission !== undefined) {
    return admissionCommand(io, admission, words.slice(1), options, invite);
  }
  const wish = readWish(words);
  const client = await openTarget(io, wish, options, invite);
  try {
    const { action, target, kind } = wish;
    const data = await client.ask({
      type: 'toggle',
      action,
      ...(target === undefined ? {} : { target }),
      ...(kind === undefined ? {} : { kind }),
    });
    tell(io, options, wish, data);
    return EXIT.ok;
  } finally {
    await client.close();
  }
}

/** Throws MEET_USAGE with the word that was meant. */
function readWish([action = '', first, second, ...rest]: readonly string[]): Wish {
  const known = TOGGLE_ACTIONS.find((each) => each === action);
  if (known === undefined) {
    const actions = [...TOGGLE_ACTIONS, ...ADMISSION_WORDS];
    const hint = didYouMean(action, actions);
    throw usage(`there is no action "${action}"${hint}; there are: ${actions.join(', ')}`);
  }
  if (rest.length > 0) throw usage(`"${rest.join(' ')}" is too much: meet ctl ${known} NAME KIND`);
  const ownKind = STREAM_KINDS.find((kind) => kind === first);
  if (second === undefined && (first === undefined || ownKind !== undefined)) {
    if (known === 'kick') throw usage('whom? meet ctl kick NAME');
    requireFitting(known, undefined, ownKind);
    return { action: known, target: undefined, kind: ownKind };
  }
  const kind = STREAM_KINDS.find((each) => each === second);
  if (second !== undefined && kind === undefined) {
    const hint = didYouMean(second, STREAM_KINDS);
    throw usage(`there is no stream "${second}"${hint}; there are: ${STREAM_KINDS.join(', ')}`);
  }
  requireFitting(known, first, kind);
  return { action: known, target: first, kind };
}

/** A picture can't be muted. */
function requireFitting(
  action: ToggleAction,
  target: string | undefined,
  kind: StreamKind | undefined,
): void {
  if ((action !== 'mute' && action !== 'unmute') || kind === undefined || kind === 'audio') return;
  const other = action === 'mute' ? 'stop' : 'start';
  throw usage(
    `${action} is for audio; for ${kind} it is: meet ctl ${other} ${target === undefined ? '' : `${target} `}${kind}`,
  );
}

async function openTarget(
  io: Io,
  { target, action }: Wish,
  options: CtlOptions,
  invite: Invite | undefined,
): Promise<HostAsker> {
  if (target !== undefined) return openHost(io, options, invite);
  if (options.host !== undefined) {
    throw usage(`whom? with --host it is a participant: meet ctl ${action} NAME`);
  }
  const shares = await openShareControls(io);
  const found = shares.filter(({ pid }) => options.pid === undefined || pid === options.pid);
  const [first, ...others] = found;
  await Promise.all(
    (first === undefined || others.length > 0
      ? shares
      : shares.filter((share) => share !== first)
    ).map(({ client }) => client.close()),
  );
  if (first !== undefined && others.length === 0) return first.client;
  if (first === undefined) {
    throw new MeetError(
      'MEET_UNREACHABLE',
      'no share of this user runs here; start one: meet share',
    );
  }
  const pids = found.map(({ pid }) => pid).join(', ');
  throw usage(`several shares run here (${pids}); say which one: --pid PID`);
}

function tell(io: Io, { json }: CtlOptions, wish: Wish, data: Data): void {
  if (json) {
    io.stdout.write(`${JSON.stringify({ ok: true, ...data })}\n`);
    return;
  }
  const name = typeof data['name'] === 'string' ? data['name'] : 'your share';
  const what = wish.kind === undefined ? '' : ` ${wish.kind}`;
  const again = data['changed'] === false ? ' (nothing changed)' : '';
  io.stdout.write(`${wish.action} ${name}${what}: done${again}\n`);
}

function usage(words: string): MeetError {
  return new MeetError('MEET_USAGE', words);
}
