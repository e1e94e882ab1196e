/**
 * What a daemon does for its own machine's commands: tells its state and events, gives pictures, and
 * stops, starts, mutes and sends away for the host. Owns the acts; the control socket is given.
 */
import type { Done, Query } from '../transport/command-records.js';
import type { ControlRecord } from '../transport/control.js';
import type { ControlConnection } from '../transport/control-socket.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { waitingRows } from './admission/waiting-event.js';
import type { Daemon } from './daemon.js';
import type { DaemonEvent } from './events.js';
import { tellEvents } from './event-feed.js';
import { findParticipant } from './find-participant.js';
import { admittedData, inviteAct, inviteRows } from './invite-acts.js';
import { answerHost } from './host-acts.js';
import { statusOf } from './status.js';

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
      case 'admission':
        connection.send(answerHost(this.#daemon, record));
        break;
      case 'invite':
        this.#answer(connection, record.id, () => inviteAct(this.#daemon, record));
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
        return statusOf(this.#daemon);
      case 'events':
        this.#tellEvents(connection);
        return {};
      case 'snapshot':
        return this.#snapshot(connection, query);
      case 'waiting':
        return { waiting: waitingRows(this.#daemon.admission) };
      case 'admitted':
        return admittedData(this.#daemon);
      case 'invites':
        return { invites: inviteRows(this.#daemon) };
    }
  }

  /** What is now, as the events that led to it; then whatever happens. Once for a connection. */
  #tellEvents(connection: ControlConnection): void {
    if (this.#followers.has(connection)) return;
    this.#followers.add(connection);
    const tell = (event: DaemonEvent): void => {
      connection.send({ type: 'event', event: this.#stamp(event) });
    };
    void connection.ended.then(tellEvents(this.#daemon, tell));
  }

  #snapshot(connection: ControlConnection, { target, kind }: Query): Data {
    const participant = findParticipant(target ?? '', this.#daemon.hub.participants);
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
}
