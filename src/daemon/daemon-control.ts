/**
 * What a daemon does for its own machine's commands: tells its state and events, gives pictures, and
 * stops, starts, mutes and sends away for the host. Owns the acts; the control socket is given.
 */
import type { ControlRecord, Done, Query, Toggle } from '../transport/control.js';
import type { ControlConnection } from '../transport/control-socket.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { Daemon } from './daemon.js';
import type { DaemonEvent } from './events.js';
import { presentEvents } from './hub-events.js';
import type { Participant } from './participant.js';
import { rosterEntry } from './roster.js';

type Data = Record<string, unknown>;

export class DaemonControl {
  readonly #daemon: Daemon;
  readonly #followers = new WeakSet<ControlConnection>();
  /** An event with its time, as `--json` writes it. */
  readonly #stamp: (event: object) => Data;

  constructor(daemon: Daemon, stamp: (event: object) => Data) {
    this.#daemon = daemon;
    this.#stamp = stamp;
  }

  onControl(connection: ControlConnection, record: ControlRecord): void {
    switch (record.type) {
      case 'query':
        this.#answer(connection, record.id, () => this.#query(connection, record));
        break;
      case 'toggle':
        this.#answer(connection, record.id, () => this.#toggle(record));
        break;
      case 'chat':
        this.#daemon.chat.sayAsHost(record.text);
        break;
      case 'bye':
        void connection.close();
        break;
      default:
        connection.send({
          type: 'error',
          code: 'MEET_CONTROL_INVALID',
          message: `"${record.type}" is not for a control socket`,
        });
    }
  }

  /** Every request is acknowledged, with what it did or why it did not. */
  #answer(connection: ControlConnection, id: number, act: () => Data): void {
    let done: Done;
    try {
      done = { type: 'done', id, ok: true, data: act() };
    } catch (thrown) {
      const { code, message } = asMeetError(thrown);
      done = { type: 'done', id, ok: false, code, message };
    }
    connection.send(done);
  }

  #query(connection: ControlConnection, query: Query): Data {
    switch (query.what) {
      case 'status':
        return this.#status();
      case 'events':
        this.#tellEvents(connection);
        return {};
      case 'snapshot':
        return this.#snapshot(connection, query);
    }
  }

  /** What is now, as the events that led to it; then whatever happens. Once for a connection. */
  #tellEvents(connection: ControlConnection): void {
    if (this.#followers.has(connection)) return;
    this.#followers.add(connection);
    const tell = (event: DaemonEvent): void => {
      connection.send({ type: 'event', event: this.#stamp(event) });
    };
    for (const event of presentEvents(this.#daemon.hub)) tell(event);
    const stop = this.#daemon.follow(tell);
    void connection.ended.then(stop);
  }

  #status(): Data {
    const { hub } = this.#daemon;
    const stats = this.#daemon.stats();
    const participants = [...hub.participants].map((participant) => ({
      ...rosterEntry(participant),
      room: participant.room,
      address: participant.address,
      joinedAtUs: participant.joinedAtUs,
    }));
    return {
      participants,
      streams: stats.streams,
      process: stats.process,
      host: this.#daemon.host,
      ports: this.#daemon.ports,
    };
  }

  #snapshot(connection: ControlConnection, { target, kind }: Query): Data {
    const participant = this.#find(target);
    const kinds: readonly StreamKind[] = kind === undefined ? ['screen', 'video'] : [kind];
    for (const wanted of kinds) {
      const frame = participant.streams.get(wanted)?.newest;
      if (frame === undefined) continue;
      frame.lease?.keep();
      connection.sendFrame(frame);
      return { name: participant.name, kind: wanted, capturedAtUs: frame.capturedAtUs };
    }
    throw new MeetError(
      'MEET_DEVICE_SILENT',
      `${participant.name} has shown no ${kinds.join(' and no ')} yet`,
    );
  }

  #toggle({ action, target, kind }: Toggle): Data {
    const participant = this.#find(target);
    if (action === 'kick') {
      this.#daemon.kick(participant);
      return { participant: participant.number, name: participant.name, changed: true };
    }
    const held = action === 'stop' || action === 'mute';
    const kinds = kindsOf(action, kind);
    const changed = kinds.filter((each) => this.#daemon.hub.hold(participant, each, held));
    const { streams } = rosterEntry(participant);
    return {
      participant: participant.number,
      name: participant.name,
      changed: changed.length > 0,
      held: [...participant.held.keys()],
      streams,
    };
  }

  /** By number, or by name. Throws MEET_USAGE with the names that there are. */
  #find(target: string | undefined): Participant {
    const all = [...this.#daemon.hub.participants];
    const found = all.filter(({ name, number }) => name === target || String(number) === target);
    const [first, ...others] = found;
    if (first !== undefined && others.length === 0) return first;
    const names = all.map(({ name, number }) => `${name} (${number})`).join(', ');
    const hint = first === undefined ? didYouMean(target ?? '', all.map(nameOf)) : '';
    const what = first === undefined ? 'there is no participant' : 'there are several participants';
    throw new MeetError(
      'MEET_USAGE',
      `${what} "${(target ?? '').slice(0, 64)}"${hint}; there are: ${names === '' ? 'none' : names}`,
    );
  }
}

function nameOf({ name }: Participant): string {
  return name;
}

function kindsOf(action: Toggle['action'], kind: StreamKind | undefined): readonly StreamKind[] {
  if (action === 'mute' || action === 'unmute') return ['audio'];
  return kind === undefined ? STREAM_KINDS : [kind];
}
