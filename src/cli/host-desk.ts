/**
 * What a host asks of the daemon from within a meeting: to stop and start others' streams, and to let
 * in who waits. Owns the list of who waits, asked for once a second; shows nothing.
 */
import { z } from 'zod';

import type { Clock } from '../transport/clock.js';
import { asMeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { HostRequest, ViewerSession } from '../transport/viewer-session.js';
import type { Meeting, Outcome, WaitingPerson } from '../tui/meeting.js';
import type { Data } from './answer.js';
import { dataOf } from './answer.js';
import type { ControlClient } from './control-client.js';
import { waitingRow } from './waiting-row.js';

export interface HostDeskOptions {
  readonly clock: Clock;
  readonly viewer: ViewerSession;
  /** The control socket of this machine's daemon; undefined: as a participant with a host's role. */
  readonly control: ControlClient | undefined;
}

type Toggle = Parameters<Meeting['toggle']>[0];

/** How often a host's dashboard asks who waits. */
const WAITING_EVERY_MS = 1000;

const waitingPeople = z.array(
  waitingRow.transform(({ number, name, address, fingerprint, plaintext }) => ({
    ...{ number, name, address, fingerprint, plaintext },
  })),
);

export class HostDesk {
  readonly #options: HostDeskOptions;
  #waiting: readonly WaitingPerson[] = [];
  #stopAsking: () => void = () => undefined;

  constructor(options: HostDeskOptions) {
    this.#options = options;
  }

  get isHost(): boolean {
    const { control, viewer } = this.#options;
    return control !== undefined || viewer.welcome?.role === 'host';
  }

  get waiting(): readonly WaitingPerson[] {
    return this.#waiting;
  }

  /** Asks who waits, once a second, where this user may know. */
  open(): void {
    if (!this.isHost) return;
    this.#stopAsking = this.#options.clock.every(WAITING_EVERY_MS, () => {
      void this.#askWhoWaits();
    });
  }

  /** Idempotent. */
  close(): void {
    this.#stopAsking();
  }

  async toggle(action: Toggle, participant: number, kind?: StreamKind): Promise<Outcome> {
    if (!this.isHost) return { ok: false, message: 'only the host can do that' };
    const target = String(participant);
    const which = kind === undefined ? {} : { kind };
    return outcomeOf(async () => {
      const data = await this.#ask({ type: 'toggle', action, target, ...which });
      const name = typeof data['name'] === 'string' ? data['name'] : target;
      return `${action} ${name} ${kind ?? ''}`.trim();
    });
  }

  async decide(action: 'admit' | 'refuse', waiting: number): Promise<Outcome> {
    const name = this.#waiting.find(({ number }) => number === waiting)?.name ?? '';
    return outcomeOf(async () => {
      await this.#ask({ type: 'admission', action, target: String(waiting) });
      return `${name} ${action === 'admit' ? 'was let in' : 'was turned away'}`;
    });
  }

  async #ask(request: HostRequest): Promise<Data> {
    const { control, viewer } = this.#options;
    return control === undefined ? dataOf(await viewer.ask(request)) : control.ask(request);
  }

  /** No answer, or one that can't be read, changes nothing: it is asked again. */
  async #askWhoWaits(): Promise<void> {
    try {
      const data = await this.#ask({ type: 'query', what: 'waiting' });
      const people = waitingPeople.safeParse(data['waiting']);
      if (people.success) this.#waiting = people.data;
    } catch {
      // The connection is lost; the dashboard says so.
    }
  }
}

async function outcomeOf(act: () => Promise<string>): Promise<Outcome> {
  try {
    return { ok: true, message: await act() };
  } catch (thrown) {
    return { ok: false, message: asMeetError(thrown).message };
  }
}
