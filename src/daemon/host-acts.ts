/**
 * What a host does to a meeting: stops, starts, mutes, sends away, lets in. The same for commands on
 * this machine and for participants with a host's role. Owns the acts; who may ask is looked at before.
 */
import type { AdmissionRecord, Role } from '../transport/admission-records.js';
import type { Done, Query, Toggle } from '../transport/command-records.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import { waitingRow, waitingRows } from './admission/waiting-event.js';
import { findParticipant } from './find-participant.js';
import { admittedData } from './invite-acts.js';
import type { Participant, Stream } from './participant.js';
import { rosterEntry } from './roster.js';
import type { StatusDomain } from './status.js';
import { statusOf } from './status.js';

/** What of the daemon a host acts on. */
export interface HostDomain extends StatusDomain {
  /** Sends a participant away; its session is refused from now on. */
  kick(participant: Participant): void;
  /** Sends one stream away; the others of the participant go on. */
  kickStream(participant: Participant, stream: Stream): void;
}

type Data = Record<string, unknown>;

/** Every request is acknowledged, with what it did or why it did not. */
export function answerHost(daemon: HostDomain, request: Toggle | AdmissionRecord | Query): Done {
  const { id } = request;
  try {
    return { type: 'done', id, ok: true, data: act(daemon, request) };
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    return { type: 'done', id, ok: false, code, message };
  }
}

function act(daemon: HostDomain, request: Toggle | AdmissionRecord | Query): Data {
  if (request.type === 'toggle') return toggle(daemon, request);
  if (request.type === 'admission') return admission(daemon, request);
  if (request.what === 'status') return statusOf(daemon);
  if (request.what === 'waiting') return { waiting: waitingRows(daemon.admission) };
  if (request.what === 'admitted') return admittedData(daemon);
  throw new MeetError('MEET_USAGE', `"${request.what}" is asked on a control socket only`);
}

function toggle(daemon: HostDomain, { action, target, kind }: Toggle): Data {
  const participant = findParticipant(target ?? '', daemon.hub.participants);
  if (action === 'kick') {
    if (kind === undefined) daemon.kick(participant);
    else daemon.kickStream(participant, streamOf(participant, kind));
    return { participant: participant.number, name: participant.name, changed: true };
  }
  const held = action === 'stop' || action === 'mute';
  const kinds = kindsOf(action, kind);
  const changed = kinds.filter((each) => daemon.hub.hold(participant, each, held));
  const { streams } = rosterEntry(participant);
  return {
    participant: participant.number,
    name: participant.name,
    changed: changed.length > 0,
    held: [...participant.held.keys()],
    streams,
  };
}

function admission(daemon: HostDomain, { action, target, role }: AdmissionRecord): Data {
  switch (action) {
    case 'admit':
      return admit(daemon, target, role ?? 'present');
    case 'refuse':
      return waitingRow(daemon.admission.refuse(target), undefined);
    case 'forget':
      return daemon.admission.forget(target);
  }
}

/**
 * One who waits, a key that is known, or one who is here by an invite: that one by its name alone, since
 * a number is more likely that of one who waited until just now.
 */
function admit({ admission, hub }: HostDomain, target: string, role: Role): Data {
  const isKnown = admission.room.knows(target) || admission.keys.owner(target) !== undefined;
  const here = isKnown ? [] : [...hub.participants].filter(({ name }) => name === target);
  const [only, ...others] = here;
  if (only === undefined || others.length > 0) return admission.admit(target, role, 'host');
  return admission.admitHere(only, role, 'host');
}

/** Throws MEET_USAGE where it has none. */
function streamOf({ name, streams }: Participant, kind: StreamKind): Stream {
  const stream = streams.get(kind);
  if (stream !== undefined) return stream;
  const known = streams.size === 0 ? 'none' : [...streams.keys()].join(', ');
  throw new MeetError('MEET_USAGE', `${name} has no ${kind}; its streams are: ${known}`);
}

/** Throws MEET_USAGE for a picture that is to be muted. */
function kindsOf(action: Toggle['action'], kind: StreamKind | undefined): readonly StreamKind[] {
  if (action !== 'mute' && action !== 'unmute') return kind === undefined ? STREAM_KINDS : [kind];
  if (kind === undefined || kind === 'audio') return ['audio'];
  const other = action === 'mute' ? 'stop' : 'start';
  throw new MeetError('MEET_USAGE', `${action} is for audio; for ${kind} it is: ${other}`);
}
