/**
 * A whole meeting over networks that misbehave: a daemon that records, sharers of all three kinds, and
 * a viewer, each party behind proxies of its own. Owns them all and the pace at which frames are made;
 * judges nothing.
 *
 *   sharer ── proxy, one a kind ──> daemon ──> recording
 *   viewer ── proxy, one a kind ──>   │
 */
import { expect } from 'vitest';
import { recordingEvent, RecordingSubscriber } from '../../src/daemon/recording-subscriber.js';
import { framesRecorder } from '../../src/daemon/recording/frames-recorder.js';
import type { RecordingEvent } from '../../src/daemon/recording/recording.js';
import { systemRecordingFs } from '../../src/daemon/recording/recording-fs.js';
import type { ClientSecurity } from '../../src/transport/client-security.js';
import { systemClock } from '../../src/transport/clock.js';
import { Identity } from '../../src/transport/identity.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';
import { Random } from '../fuzz/random.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg, wireSamples } from '../setup/wire.js';
import { Sharing } from '../transport/sharing.js';
import type { FaultKind } from './random-faults.js';
import { storm } from './random-faults.js';

const FRAME_EVERY_MS = 20;
/** How long the last frame of all may be on its way before another is made. */
const LAST_FRAME_MS = 2000;
/** Ends as a JPEG does, so that a recording takes it for a whole one. */
const PICTURE = Buffer.concat([wireJpeg(64, 48, 4000), Buffer.from('ffd9', 'hex')]);
const SOUND = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 1 } as const;

/** What the viewer got of one stream. */
export interface Shown {
  frames: number;
  /** Sequences that did not come, those before the first one included. */
  missing: number;
  /** Frames that came again, or after a later one. */
  disordered: number;
  last: number;
  /** The newest frame's own time. */
  capturedAtUs: number;
}

export interface Stream {
  readonly kind: StreamKind;
  readonly sharing: Sharing;
  /** False: it is the viewer's own, who does not see it. */
  readonly isShown: boolean;
}

export interface MeetingOptions {
  /** Participants that share; default 2. */
  readonly sharers?: number;
  /** Encrypted. Default false. */
  readonly tls?: boolean;
  /** The viewer shares, too, as one who joined: the last of the sharers is itself. Default false. */
  readonly joined?: boolean;
}

export class FaultyMeeting {
  readonly daemon: RunningDaemon;
  readonly folder: string;
  readonly streams: Stream[] = [];
  /** By `participant/kind`. */
  readonly shown = new Map<string, Shown>();
  readonly recorded: RecordingEvent[];
  readonly proxies: FaultProxy[] = [];
  readonly #random: Random;
  #viewer: ViewerSession | undefined;
  #tls = false;
  #stopFrames: (() => void) | undefined;

  /** Everyone is there and every stream flows, over TLS where it is asked for. */
  static async start(
    seed: number,
    { sharers = 2, tls = false, joined = false }: MeetingOptions = {},
  ): Promise<FaultyMeeting> {
    const folder = await temporaryFolder();
    const recorded: RecordingEvent[] = [];
    const recorder = framesRecorder({
      root: folder,
      fs: systemRecordingFs,
      clock: systemClock,
      limits: limitsWith(),
      onEvent: (event) => {
        recordingEvent(event);
        recorded.push(event);
      },
    });
    const recording = new RecordingSubscriber(recorder, systemClock);
    const daemon = await RunningDaemon.start({
      recording,
      ...(tls ? { rules: { tlsRequired: true } } : {}),
    });
    const meeting = new FaultyMeeting(daemon, folder, recorded, seed);
    if (tls) meeting.#tls = true;
    const session = newSession();
    for (let sharer = 1; sharer < sharers; sharer += 1) await meeting.#share(newSession(), true);
    await meeting.#share(joined ? session : newSession(), !joined);
    await meeting.#watch(session, joined);
    meeting.#stopFrames = systemClock.every(FRAME_EVERY_MS, () => {
      meeting.#makeFrames();
    });
    await meeting.whole(30_000);
    return meeting;
  }

  private constructor(
    daemon: RunningDaemon,
    folder: string,
    recorded: RecordingEvent[],
    seed: number,
  ) {
    this.daemon = daemon;
    this.folder = folder;
    this.recorded = recorded;
    this.#random = new Random(seed);
  }

  /** Faults of these kinds come and go at random, for so long. */
  async storm(ms: number, kinds: readonly FaultKind[]): Promise<void> {
    await storm(this.proxies, { random: this.#random, ms, kinds });
  }

  /** Resolves when the viewer has a frame of every stream made since; rejects after `withinMs`. */
  async whole(withinMs: number): Promise<void> {
    const sinceUs = systemClock.wallUs();
    await expect
      .poll(() => this.#freshSince(sinceUs), { timeout: withinMs, interval: 20 })
      .toBe(this.#seen.length);
  }

  get #seen(): readonly Stream[] {
    return this.streams.filter(({ isShown }) => isShown);
  }

  /** Makes one last frame of each stream and resolves when the viewer has it. */
  async finish(): Promise<void> {
    this.#stopFrames?.();
    await this.#lastFrames();
    let triedMs = performance.now();
    await expect
      .poll(
        async () => {
          // A connection that a fault of before has cut only now took its last frame with it.
          if (performance.now() - triedMs > LAST_FRAME_MS) {
            await this.#lastFrames();
            triedMs = performance.now();
          }
          return [...this.#behind(), ...this.#untold()];
        },
        { timeout: 20_000, interval: 20 },
      )
      .toEqual(this.streams.map(() => 0));
  }

  /** How many frames the viewer is behind, of each stream. */
  #behind(): number[] {
    const lasts = [...this.shown.values()].map(({ last }) => last).sort((one, two) => one - two);
    return this.#seen
      .map(({ sharing }) => sharing.stream.stats.offered - 1)
      .sort((one, two) => one - two)
      .map((last, at) => last - (lasts[at] ?? -1));
  }

  /** How many frames of the viewer's own the daemon knows nothing of, for each stream. */
  #untold(): number[] {
    const rows = this.daemon.daemon.stats().streams;
    return this.streams
      .filter(({ isShown }) => !isShown)
      .map(({ sharing, kind }) => {
        const number = sharing.opened.entries.at(-1)?.participant;
        const row = rows.find((each) => each.participant === number && each.kind === kind);
        return sharing.stream.stats.offered - (row?.frames ?? 0) - (row?.lost ?? 0);
      });
  }

  async #lastFrames(): Promise<void> {
    for (const { sharing, kind } of this.streams) {
      while (!sharing.stream.connected) await systemClock.sleep(10);
      await sharing.stream.flush();
      this.#makeFrame(kind, sharing);
    }
  }

  /** Ends all parties and the daemon, whose recordings are whole then. */
  async close(): Promise<void> {
    this.#stopFrames?.();
    await Promise.all(this.streams.map(({ sharing }) => sharing.stream.close()));
    await this.#viewer?.close();
    await this.daemon.daemon.close('the meeting is over');
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }

  async #proxy(kind: StreamKind): Promise<FaultProxy> {
    const proxy = await FaultProxy.listen(this.daemon.ports[kind], this.#random.u32());
    this.proxies.push(proxy);
    return proxy;
  }

  async #share(session: string, isShown: boolean): Promise<void> {
    for (const kind of STREAM_KINDS) {
      const { port } = await this.#proxy(kind);
      const random = (): number => this.#random.u32() / 0x1_0000_0000;
      const sharing = new Sharing({ port, kind, session, random, ...this.#secured() });
      if (kind === 'audio') sharing.stream.setFormat(SOUND);
      await sharing.stream.start();
      this.streams.push({ kind, sharing, isShown });
    }
  }

  async #watch(session: string, publishes: boolean): Promise<void> {
    const [screen, video, audio] = await Promise.all(
      STREAM_KINDS.map(async (kind) => (await this.#proxy(kind)).port),
    );
    this.#viewer = new ViewerSession({
      host: '127.0.0.1',
      ports: { screen: screen ?? 0, video: video ?? 0, audio: audio ?? 0 },
      identity: {
        name: publishes ? 'kiosk' : 'viewer',
        room: 'main',
        session,
        software: 'meet test',
      },
      publishes,
      waitMs: 0,
      reconnect: true,
      limits: limitsWith(),
      clock: systemClock,
      random: () => this.#random.u32() / 0x1_0000_0000,
      // Whoever shares without a key watches without one, too.
      ...this.#secured(publishes ? undefined : Identity.generate().identity),
      events: {
        onRoster: () => undefined,
        onFrame: (participant, { kind, sequence, capturedAtUs }) => {
          this.#count(`${participant}/${kind}`, sequence, capturedAtUs);
        },
      },
    });
    await this.#viewer.start();
  }

  /** Sharers of one name have no key: with two keys the second could not have the name. */
  #secured(identity?: Identity): { security?: ClientSecurity } {
    if (!this.#tls) return {};
    const trust = (): void => undefined;
    return { security: { tls: 'required', ca: undefined, trust, identity, invite: undefined } };
  }

  #count(key: string, sequence: number, capturedAtUs: number): void {
    const first: Shown = { frames: 0, missing: 0, disordered: 0, last: -1, capturedAtUs: 0 };
    const shown = this.shown.get(key) ?? first;
    this.shown.set(key, shown);
    if (sequence === shown.last) return; // the newest one, shown again to a viewer that came back
    if (sequence < shown.last) shown.disordered += 1;
    shown.frames += 1;
    shown.missing += sequence - shown.last - 1;
    shown.last = sequence;
    shown.capturedAtUs = capturedAtUs;
  }

  #freshSince(atUs: number): number {
    return [...this.shown.values()].filter(({ capturedAtUs }) => capturedAtUs >= atUs).length;
  }

  #makeFrames(): void {
    for (const { kind, sharing } of this.streams) this.#makeFrame(kind, sharing);
  }

  #makeFrame(kind: StreamKind, sharing: Sharing): void {
    const payload = kind === 'audio' ? wireSamples(882) : PICTURE;
    sharing.stream.send({ payload, capturedAtUs: systemClock.wallUs(), encodedAfterUs: 0 });
  }
}
