/**
 * Runs a share: one stream for each kind that was asked for, each with its device and connection.
 * Owns their common start and end; what a single stream does is its own affair.
 */
import { randomUUID } from 'node:crypto';

import { SharedStream } from '../capture/shared-stream.js';
import type { ClientSecurity } from '../transport/client-security.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { limitsWith } from '../transport/limits.js';
import { PublisherStream } from '../transport/publisher-stream.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { Welcome } from '../transport/handshake-records.js';
import type { DeviceOpener } from './devices.js';
import type { EventWriter } from './event-writer.js';
import type { Io } from './io.js';
import type { OwnState } from './own-state.js';
import { StopTimes } from './own-state.js';
import { ShareNews } from './share-news.js';
import type { ShareRow } from './share-stats.js';
import { ShareRates, countsOf } from './share-stats.js';

export interface ShareWish {
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly name: string;
  readonly room: string;
  readonly waitMs: number;
  /** How long to wait to be let in, in ms; for ever where it is left out. */
  readonly admissionMs?: number;
  /** Left out: in plain, without an identity. */
  readonly security?: ClientSecurity;
  readonly reconnect: boolean;
  /** Ties the connections together; a random one where it is left out. */
  readonly session?: string;
  /** How to open each kind that is shared. */
  readonly devices: ReadonlyMap<StreamKind, DeviceOpener>;
}

/** What a toggle of one's own did, and what the host does to the stream all the same. */
export interface ToggleResult {
  readonly changed: boolean;
  readonly heldByHost: boolean;
  readonly sentAway: boolean;
}

interface Shared {
  readonly publisher: PublisherStream;
  readonly device: SharedStream;
}

export class ShareRun {
  readonly #io: Io;
  readonly #wish: ShareWish;
  readonly #emit: EventWriter;
  readonly #news: ShareNews;
  readonly #streams: Shared[];
  readonly #rates: ShareRates;
  /** Streams whose connection is lost. */
  readonly #away = new Set<StreamKind>();
  readonly #stops = new StopTimes();
  /** The newest one. */
  #welcome: Welcome | undefined;
  #isStarted = false;
  #closing: Promise<void> | undefined;
  #noteSharing: () => void = () => undefined;
  /** Resolves when the first stream has both its device and its connection. */
  readonly sharing: Promise<void>;

  constructor(io: Io, wish: ShareWish, emit: EventWriter) {
    this.#io = io;
    this.#wish = wish;
    this.#emit = emit;
    this.#news = new ShareNews(emit);
    this.#rates = new ShareRates(io.clock.now());
    this.sharing = new Promise((resolve) => {
      this.#noteSharing = resolve;
    });
    const session = wish.session ?? randomUUID();
    this.#streams = [...wish.devices].map(([kind, open]) => this.#build(kind, session, open));
  }

  /**
   * Connects and opens the devices, all at once; resolves when every one has succeeded or failed.
   * Rejects with MEET_NOTHING_TO_SHARE when no device could be opened, else with why the daemon
   * could not be reached. A device that failed beside others is tried again later.
   */
  async start(): Promise<void> {
    const connecting = Promise.allSettled(this.#streams.map(({ publisher }) => publisher.start()));
    const opening = await Promise.allSettled(this.#streams.map(({ device }) => device.start()));
    const faults = opening.map((result) =>
      result.status === 'rejected' ? asMeetError(result.reason) : undefined,
    );
    faults.forEach((fault, index) => {
      const kind = this.#streams[index]?.publisher.kind;
      // Who ends a share while it opens its devices need not hear that they were not opened.
      const isOurs = this.#closing !== undefined && fault?.code === 'MEET_CLOSED';
      if (fault !== undefined && kind !== undefined && !isOurs) this.#news.fault(kind, fault);
    });
    if (faults.every((fault) => fault !== undefined)) {
      throw new MeetError(
        'MEET_NOTHING_TO_SHARE',
        'no stream could start, see above; to try without a device: --screen test --video test --audio test',
      );
    }
    const refused = (await connecting).find((result) => result.status === 'rejected');
    if (refused !== undefined) throw asMeetError(refused.reason);
    faults.forEach((fault, index) => {
      if (fault !== undefined) this.#streams[index]?.device.retry(fault);
    });
    this.#isStarted = true;
    // Devices that work may rest since nobody wants them yet; the share has begun all the same.
    this.#noteSharing();
  }

  /** What the daemon said to the newest connection. */
  get welcome(): Welcome | undefined {
    return this.#welcome;
  }

  /**
   * Settles when a connection has ended for good; rejects with why. A stream that the host has sent
   * away leaves the others alone, unless it is the last one. Call it once.
   */
  async finished(): Promise<void> {
    await Promise.race(this.#streams.map((stream) => this.#finished(stream)));
  }

  /**
   * The user turns a kind off or on. Idempotent. Throws MEET_USAGE for a kind that is not shared.
   * Returns why the host keeps the stream from flowing all the same, if it does.
   */
  toggle(kind: StreamKind, on: boolean): ToggleResult {
    const device = this.#streams.find(({ publisher }) => publisher.kind === kind)?.device;
    if (device === undefined) {
      throw new MeetError('MEET_USAGE', `${kind} is not shared; start it with: --${kind}`);
    }
    const changed = device.setOff(!on);
    if (changed) {
      this.#stops.note(kind, 'offSinceUs', on ? undefined : this.#io.clock.wallUs());
      this.#emit({ event: 'stream', kind, state: on ? 'on' : 'off', by: 'self' });
    }
    const { hindrances } = device.stats;
    const sentAway = hindrances.includes('sent-away');
    return { changed, heldByHost: hindrances.includes('held'), sentAway };
  }

  /** Every kind that is shared. */
  states(): OwnState[] {
    return this.#streams.map(({ device }) => {
      const { kind, live, hindrances } = device.stats;
      return { kind, live, hindrances, ...this.#stops.of(kind) };
    });
  }

  rows(): ShareRow[] {
    const nowMs = this.#io.clock.now();
    return this.#streams.map(({ publisher, device }) => this.#rates.row(publisher, device, nowMs));
  }

  /** These rows with the counts of now: what became of the last frames is known after `close`. */
  recounted(rows: readonly ShareRow[]): ShareRow[] {
    return rows.map((row) => {
      const stream = this.#streams.find(({ publisher }) => publisher.kind === row.kind);
      return stream === undefined ? row : { ...row, ...countsOf(stream.publisher) };
    });
  }

  /** Closes devices, sends what waits, says bye. Idempotent. */
  close(reason: string): Promise<void> {
    this.#closing ??= this.#close(reason);
    return this.#closing;
  }

  async #close(reason: string): Promise<void> {
    await Promise.all(
      this.#streams.map(async ({ device, publisher }) => {
        await device.close();
        await publisher.flush();
        await publisher.close(reason);
      }),
    );
  }

  async #finished({ publisher, device }: Shared): Promise<void> {
    try {
      await publisher.finished();
    } catch (thrown) {
      const fault = asMeetError(thrown);
      if (fault.code !== 'MEET_STREAM_SENT_AWAY') throw fault;
      const { kind } = publisher;
      device.setSentAway();
      this.#stops.note(kind, 'sentAwaySinceUs', this.#io.clock.wallUs());
      const isLast = this.states().every(({ hindrances }) => hindrances.includes('sent-away'));
      if (isLast) throw fault;
      this.#noteBack(kind);
      this.#news.sentAway(kind);
      await new Promise(() => undefined);
    }
  }

  #build(kind: StreamKind, session: string, open: DeviceOpener): Shared {
    const { host, ports, name, room, waitMs, admissionMs, security, reconnect } = this.#wish;
    const { clock, random, version } = this.#io;
    const publisher: PublisherStream = new PublisherStream({
      kind,
      host,
      port: ports[kind],
      identity: { name, room, session, software: `meet ${version}` },
      waitMs,
      ...(admissionMs === undefined ? {} : { admissionMs }),
      ...(security === undefined ? {} : { security }),
      reconnect,
      limits: limitsWith(),
      clock,
      random,
      events: {
        onOpen: (_, welcome) => {
          this.#welcome = welcome;
          this.#news.admitted(welcome);
          device.connected();
          this.#noteBack(kind);
          if (device.stats.live) this.#noteSharing();
        },
        onWanted: (_, wanted) => {
          device.setWanted(wanted);
        },
        onHeld: (_, held, atUs) => {
          this.#held(kind, device, held, atUs);
        },
        onWaiting: (_, waiting) => {
          this.#news.waiting(waiting);
        },
        onLost: (_, fault, retryInMs) => {
          device.disconnected();
          this.#away.add(kind);
          const { code, message } = fault;
          this.#emit({ event: 'waiting', kind, code, message, retryInMs: Math.round(retryInMs) });
        },
      },
    });
    const device: SharedStream = new SharedStream({
      publisher,
      clock,
      random,
      open,
      onLive: (_, source) => {
        this.#news.live(kind, source);
        if (publisher.connected) this.#noteSharing();
      },
      onStalled: (_, fault) => {
        this.#news.stalled(kind, fault);
      },
    });
    return { publisher, device };
  }

  #noteBack(kind: StreamKind): void {
    const wasAway = this.#away.delete(kind);
    if (wasAway && this.#away.size === 0 && this.#isStarted) this.tellReady();
  }

  /** Tells `ready`; from then on it is told again each time that all are back after an outage. */
  tellReady(): void {
    const { host, ports } = this.#wish;
    const { name, room, participant } = this.#welcome ?? {};
    this.#emit({ event: 'ready', host, ports, pid: process.pid, name, room, participant });
  }

  #held(kind: StreamKind, device: SharedStream, held: boolean, atUs: number): void {
    if (device.stats.hindrances.includes('held') === held) return;
    device.setHeld(held);
    this.#stops.note(kind, 'heldSinceUs', held ? atUs : undefined);
    const since = new Date(atUs / 1000).toISOString();
    const reason = held ? `stopped by the host at ${since}` : 'the host lets it go on';
    const off = held || device.stats.hindrances.includes('off');
    this.#emit({ event: 'stream', kind, state: off ? 'off' : 'on', by: 'host', reason });
  }
}
