/**
 * A meeting whose older clients, and the bridge that may carry them, are on networks that misbehave.
 * Owns all parties and what came where; judges nothing.
 *
 *   older sharers ── near proxies ──> daemon                                         <── camera
 *   older sharers ── near proxies ──> local daemon, bridge ── far proxies, TLS ──> daemon <── camera
 *
 * The camera is of a native client on a good network, and goes back to the older clients.
 */
import { expect, onTestFinished } from 'vitest';
import { Bridge, REMOTE_SESSION } from '../../src/cli/bridge.js';
import type { Participant, Stream } from '../../src/daemon/participant.js';
import { loadJpegCodec } from '../../src/daemon/picture-encoding/jpeg-codec.js';
import { systemClock } from '../../src/transport/clock.js';
import type { MeetError } from '../../src/transport/errors.js';
import type { Frame } from '../../src/transport/frame.js';
import { Identity } from '../../src/transport/identity.js';
import { readJpegSize } from '../../src/transport/jpeg-header.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { Random } from '../fuzz/random.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { Sharing } from '../transport/sharing.js';
import { OlderSharer, sizeFor, toldByBytes, toldBySize } from './older-sharer.js';
import type { Told } from './older-sharer.js';
import type { FaultKind } from './random-faults.js';
import { storm } from './random-faults.js';

const SHARERS = 2;
const CAMERA_EVERY_MS = 40;
/** Of the camera's own pictures: no sharer has this id. */
const CAMERA_ID = 50;
const BRIDGE_NAME = 'old lab';

type Ports = Readonly<Record<StreamKind, number>>;

/** What a hub got of one kind, over all older clients. */
interface Got {
  frames: number;
  lost: number;
  dropped: number;
  /** Frames that came out of their order, or with a gap where none may be. */
  disordered: number;
}

/** Counts the frames of older clients in one daemon's hub. */
export class HubCount {
  readonly got: Readonly<Record<StreamKind, Got>> = {
    screen: none(),
    video: none(),
    audio: none(),
  };
  /** By sharer, kind and start of the program, how many frames came. */
  readonly frames = new Map<string, number>();
  /** By sharer and kind, the newest phase that came. */
  readonly phases = new Map<string, number>();
  readonly #last = new Map<string, number>();
  readonly #unbroken: boolean;

  /** `unbroken`: frames of one start of a program come without a gap. */
  constructor({ daemon }: RunningDaemon, unbroken: boolean) {
    this.#unbroken = unbroken;
    daemon.hub.subscribe({
      keepsFrames: false,
      onFrame: (participant, stream, frame, lost) => {
        if (isOlder(participant)) this.#count(stream.kind, frame, lost);
      },
      onLeft: (participant) => {
        if (!isOlder(participant)) return;
        for (const stream of participant.streams.values()) this.#countDropped(stream);
      },
    });
  }

  #countDropped({ kind, stats }: Stream): void {
    this.got[kind].dropped += stats.figures().dropped;
  }

  #count(kind: StreamKind, { payload }: Frame, lost: number): void {
    const told = toldBy(kind, payload);
    const got = this.got[kind];
    got.frames += 1;
    got.lost += lost;
    this.phases.set(`${told.id}/${kind}`, told.phase);
    const { start, number } = told;
    if (start === undefined || number === undefined) return;
    const key = `${told.id}/${kind}/${start}`;
    this.frames.set(key, (this.frames.get(key) ?? 0) + 1);
    const last = this.#last.get(key) ?? -1;
    if (this.#unbroken ? number !== last + 1 : number <= last) got.disordered += 1;
    this.#last.set(key, number);
  }
}

export interface OlderMeetingOptions {
  /** The older clients are carried by a bridge. */
  readonly bridged: boolean;
}

export class OlderMeeting {
  readonly sharers: OlderSharer[] = [];
  readonly near: Readonly<Record<StreamKind, FaultProxy>>[] = [];
  readonly far: FaultProxy[] = [];
  /** Whom the bridge has shown out, and why it ended. */
  readonly faults: MeetError[] = [];
  /** Of the daemon that the older clients are connected to, and of the one that all are in. */
  readonly first: HubCount;
  readonly last: HubCount;
  bridge: Bridge | undefined;
  readonly #random: Random;
  readonly #daemon: RunningDaemon;
  readonly #local: RunningDaemon | undefined;
  readonly #camera: Sharing;
  #phase = 0;
  #picture: Buffer = Buffer.alloc(0);
  #stopCamera: (() => void) | undefined;

  static async start(seed: number, { bridged }: OlderMeetingOptions): Promise<OlderMeeting> {
    const daemon = await RunningDaemon.start({
      keepsFrames: false,
      ...(bridged ? { rules: { tlsRequired: true } } : {}),
    });
    const local = bridged
      ? await RunningDaemon.start({ keepsFrames: false, hostSession: REMOTE_SESSION })
      : undefined;
    const meeting = new OlderMeeting(seed, daemon, local);
    await meeting.#showCamera();
    if (local !== undefined) await meeting.#carry(local);
    for (let id = 1; id <= SHARERS; id += 1) await meeting.#share(id);
    await meeting.whole(30_000);
    return meeting;
  }

  private constructor(seed: number, daemon: RunningDaemon, local: RunningDaemon | undefined) {
    this.#random = new Random(seed);
    this.#daemon = daemon;
    this.#local = local;
    this.first = new HubCount(local ?? daemon, true);
    this.last = local === undefined ? this.first : new HubCount(daemon, false);
    this.#camera = new Sharing({ port: daemon.ports.video, kind: 'video', ...this.#secured() });
  }

  /** Faults of these kinds come and go at these proxies for so long. */
  async storm(proxies: readonly FaultProxy[], kinds: readonly FaultKind[], ms: number) {
    await storm(proxies, { random: this.#random, kinds, ms });
  }

  /**
   * Resolves when the daemon has a frame of every older stream, and every older client a picture of the
   * camera, that were made since; rejects after `withinMs`.
   */
  async whole(withinMs: number): Promise<void> {
    await this.#turn();
    const wanted = this.sharers.flatMap(({ id }) => STREAM_KINDS.map((kind) => `${id}/${kind}`));
    await expect
      .poll(() => wanted.filter((key) => this.last.phases.get(key) !== this.#phase), {
        timeout: withinMs,
        interval: 20,
      })
      .toEqual([]);
    await expect
      .poll(() => this.sharers.map(({ shownPhase }) => shownPhase), {
        timeout: withinMs,
        interval: 20,
      })
      .toEqual(this.sharers.map(() => this.#phase));
  }

  /** Ends all: older clients first, then what carries them, so that what was sent arrives. */
  async close(): Promise<void> {
    await Promise.all(this.sharers.map((sharer) => sharer.close()));
    await expect.poll(() => this.#olderHere(), { timeout: 10_000 }).toEqual([]);
    this.#stopCamera?.();
    await this.bridge?.close();
    await this.#camera.stream.close();
    await this.#local?.daemon.close('the meeting is over');
    await this.#daemon.daemon.close('the meeting is over');
    const near = this.near.flatMap((proxies) => Object.values(proxies));
    await Promise.all([...near, ...this.far].map((proxy) => proxy.close()));
  }

  #olderHere(): string[] {
    return (
      [this.#daemon, this.#local]
        .flatMap((each) => [...(each?.daemon.hub.participants ?? [])])
        // Of one that ended while it had no connection the daemon has heard nothing.
        .filter((participant) => isOlder(participant) && !participant.away)
        .map(({ name }) => name)
    );
  }

  /** From now on all that is made says that it is newer. */
  async #turn(): Promise<void> {
    this.#phase += 1;
    const size = sizeFor(CAMERA_ID, this.#phase);
    const bgr = Buffer.alloc(size.width * size.height * 3, 0x60);
    this.#picture = await (await loadJpegCodec()).encode({ bgr, ...size }, 80);
    for (const sharer of this.sharers) sharer.phase = this.#phase;
  }

  async #showCamera(): Promise<void> {
    await this.#turn();
    await this.#camera.stream.start();
    this.#stopCamera = systemClock.every(CAMERA_EVERY_MS, () => {
      this.#camera.stream.send({
        ...{ payload: this.#picture, capturedAtUs: systemClock.wallUs(), encodedAfterUs: 0 },
      });
    });
  }

  async #carry({ daemon: { hub } }: RunningDaemon): Promise<void> {
    const ports: Record<StreamKind, number> = { screen: 0, video: 0, audio: 0 };
    for (const kind of STREAM_KINDS) {
      const proxy = await FaultProxy.listen(this.#daemon.ports[kind], this.#random.u32());
      this.far.push(proxy);
      ports[kind] = proxy.port;
    }
    this.bridge = new Bridge({
      ...{ hub, host: '127.0.0.1', ports, name: BRIDGE_NAME, room: 'main' },
      ...{ software: 'meet test', waitMs: 0, reconnect: true, limits: limitsWith() },
      ...{ clock: systemClock, random: () => this.#random.u32() / 0x1_0000_0000 },
      ...this.#secured(Identity.generate().identity),
      onWaiting: () => undefined,
      onLost: () => undefined,
      onDropped: (_, fault) => {
        this.faults.push(fault);
      },
      onEnded: (fault) => {
        this.faults.push(fault);
      },
    });
    await this.bridge.start();
  }

  async #share(id: number): Promise<void> {
    const target = (this.#local ?? this.#daemon).ports;
    const [screen, video, audio] = [
      await this.#near(target, 'screen'),
      await this.#near(target, 'video'),
      await this.#near(target, 'audio'),
    ];
    this.near.push({ screen, video, audio });
    const ports = { screen: screen.port, video: video.port, audio: audio.port };
    const sharer = new OlderSharer(id, ports, new Random(this.#random.u32()));
    this.sharers.push(sharer);
    sharer.start();
    onTestFinished(() => sharer.close());
  }

  #near(target: Ports, kind: StreamKind): Promise<FaultProxy> {
    return FaultProxy.listen(target[kind], this.#random.u32());
  }

  /** On one machine TLS is spoken only where it is asked for. */
  #secured(identity?: Identity) {
    if (this.#local === undefined) return {};
    const trust = (): void => undefined;
    return {
      security: { tls: 'required', ca: undefined, trust, identity, invite: undefined },
    } as const;
  }
}

function none(): Got {
  return { frames: 0, lost: 0, dropped: 0, disordered: 0 };
}

/** Also where a bridge carries it. */
function isOlder({ origin, name }: Participant): boolean {
  return origin === 'older' || (name.startsWith(BRIDGE_NAME) && !name.endsWith('bridge'));
}

function toldBy(kind: StreamKind, payload: Buffer): Told {
  if (kind === 'video') return toldBySize(readJpegSize(payload));
  return toldByBytes(kind, payload);
}
