/**
 * Connections that are there and not read: those of distrusted addresses until it is their turn, and
 * those that were turned away without a word, which are closed late. So many a second are let through,
 * of all distrusted addresses together, and of these the one that had its last turn longest ago goes
 * first: whoever breaks the protocol again and again costs little, and keeps nobody of another distrusted
 * address out. Whoever is closed late comes again later. Owns the order and the pace; the sockets are
 * their listener's.
 *
 *   accepted ──distrusted──> HELD ──its turn──> enter()
 *       └──turned away────────┴────────5 s────> drop()
 */
import { Allowance } from '../transport/allowance.js';
import type { Clock } from '../transport/clock.js';
import { CONNECT_TIMEOUT_MS } from '../transport/connect-attempt.js';
import type { Limits } from '../transport/limits.js';
import type { DistrustedAddress } from './admission/distrusted-addresses.js';
import { DistrustedAddresses } from './admission/distrusted-addresses.js';
import type { DaemonOptions } from './daemon-options.js';
import { openFilesLeft } from './door.js';
import type { Hub } from './hub.js';

/** No client waits longer for an answer. */
const HELD_MS = CONNECT_TIMEOUT_MS;
/** As many as strangers may bring at once: one accident, or a dozen, makes nobody wait. */
const BURST_PLACES = 2;
/** Whoever comes to break the protocol does so sooner. */
const REFUND_MS = 1000;
/** Looked at so often, and of those that are late so many closed at a time: a picture may wait for it. */
const LOOK_MS = 20;
const DROPS = 8;
/** Of all that may be held those that are only closed late take at most this share. */
const LATE_SHARE = 0.5;
const LISTENERS = 3;
const MOST_HELD = 1024;

export interface DroppedConnection {
  /** It is held no longer, and is to be closed. */
  drop(): void;
}

export interface HeldConnection extends DroppedConnection {
  readonly address: string;
  /** It is its turn. */
  enter(): void;
}

/**
 * Those of a daemon: as many as its limit of open files leaves room for, and no more than MOST_HELD.
 * `hub`: of those whose pictures or sound would come later.
 */
export function heldConnections(
  { limits, clock, random = Math.random, openFiles, recording }: DaemonOptions,
  hub: Pick<Hub, 'participants'>,
): HeldConnections {
  const left = openFilesLeft(limits, openFiles, recording !== undefined);
  return new HeldConnections({
    ...{ clock, limits, random },
    isNeeded: () => [...hub.participants].some(({ streams }) => streams.size > 0),
    distrusted: new DistrustedAddresses(clock, limits),
    most: Math.min(MOST_HELD, left),
  });
}

interface Turn {
  readonly connection: HeldConnection;
  readonly distrusted: DistrustedAddress;
}

export interface HeldOptions {
  readonly distrusted: DistrustedAddresses;
  readonly clock: Clock;
  readonly limits: Limits;
  /** [0, 1), as Math.random. */
  readonly random: () => number;
  /** Whether somebody's pictures or sound would come later. While nobody shares, nobody is held. */
  readonly isNeeded: () => boolean;
  /** How many may be held at all. */
  readonly most: number;
}

export class HeldConnections {
  readonly #options: HeldOptions;
  readonly #pace: Allowance;
  /** Each with the monotonic ms until which it is held, the oldest first. */
  readonly #held = new Map<DroppedConnection, number>();
  /** Those of them that have a turn, in the same order. */
  readonly #waiting = new Map<DroppedConnection, Turn>();
  #cancelLook: (() => void) | undefined;

  constructor(options: HeldOptions) {
    const { connections, 'distrusted-per-second': perSecond } = options.limits;
    this.#options = options;
    this.#pace = new Allowance(BURST_PLACES * connections, perSecond, options.clock);
  }

  /** Whose connections wait. */
  get distrusted(): DistrustedAddresses {
    return this.#options.distrusted;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Whether one from there may not be let through now; if it may, this was its turn. */
  mustWait(address: string): boolean {
    const distrusted = this.#options.distrusted.get(address);
    if (distrusted === undefined || !this.#options.isNeeded()) return false;
    if (this.#waiting.size > 0 || !this.#pace.spendWhole(1)) return true;
    this.#beginTurn(distrusted);
    return false;
  }

  /**
   * Until it is its turn, or it has waited too long. False: of that address, or at all, no more can be
   * held.
   */
  add(connection: HeldConnection): boolean {
    const { distrusted: all, limits, most } = this.#options;
    const distrusted = all.get(connection.address);
    if (distrusted === undefined || this.#held.size >= most) return false;
    let ofAddress = 0;
    for (const turn of this.#waiting.values()) if (turn.distrusted === distrusted) ofAddress += 1;
    if (ofAddress >= LISTENERS * limits['connections-per-address']) return false;
    this.#waiting.set(connection, { connection, distrusted });
    this.#hold(connection);
    return true;
  }

  /** Of one that was turned away. False: no more can be held, or it need not be. */
  closeLate(connection: DroppedConnection): boolean {
    const late = this.#held.size - this.#waiting.size;
    const { most, isNeeded } = this.#options;
    if (!isNeeded() || this.#held.size >= most || late >= LATE_SHARE * most) return false;
    this.#hold(connection);
    return true;
  }

  /** Holds none any more. Idempotent. */
  close(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
    this.#waiting.clear();
    for (const connection of this.#held.keys()) this.#drop(connection);
  }

  #hold(connection: DroppedConnection): void {
    this.#held.set(connection, this.#options.clock.now() + HELD_MS);
    this.#plan();
  }

  #plan(): void {
    if (this.#cancelLook !== undefined || this.#held.size === 0) return;
    this.#cancelLook = this.#options.clock.after(LOOK_MS, () => {
      this.#cancelLook = undefined;
      this.#dropLate();
      this.#letOneThrough();
      this.#plan();
    });
  }

  #dropLate(): void {
    const nowMs = this.#options.clock.now();
    let left = DROPS;
    for (const [connection, untilMs] of this.#held) {
      if (nowMs < untilMs || left === 0) return;
      this.#drop(connection);
      left -= 1;
    }
  }

  #drop(connection: DroppedConnection): void {
    this.#held.delete(connection);
    this.#waiting.delete(connection);
    connection.drop();
  }

  #letOneThrough(): void {
    if (this.#waiting.size === 0 || !this.#pace.spendWhole(1)) return;
    const next = this.#next();
    if (next === undefined) return;
    const { connection, distrusted } = next;
    this.#held.delete(connection);
    this.#waiting.delete(connection);
    this.#beginTurn(distrusted);
    connection.enter();
  }

  /** What one took of the pace is given back where somebody was let in, and nobody was cut at once. */
  #beginTurn(distrusted: DistrustedAddress): void {
    const { clock } = this.#options;
    const turnMs = clock.now();
    distrusted.turnMs = turnMs;
    clock.after(REFUND_MS, () => {
      if (distrusted.letInMs >= turnMs && distrusted.cutMs < turnMs) this.#pace.refund(1);
    });
  }

  /** Of one address it is left to chance: whoever brings the most has only the better odds. */
  #next(): Turn | undefined {
    let next: Turn | undefined;
    let leastMs = Infinity;
    let equals = 0;
    for (const turn of this.#waiting.values()) {
      const { turnMs } = turn.distrusted;
      if (turnMs > leastMs) continue;
      equals = turnMs === leastMs ? equals + 1 : 1;
      leastMs = turnMs;
      if (this.#options.random() * equals < 1) next = turn;
    }
    return next;
  }
}
