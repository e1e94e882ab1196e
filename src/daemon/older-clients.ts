/**
 * Older clients as they come: three connections each, which say nothing of each other. Owns which
 * connections are one client and when it is taken as there; what it sends and gets is its own affair
 * (older-client.ts).
 */
import type { Clock } from '../transport/clock.js';
import type { Guest } from './guest.js';
import type { Hub } from './hub.js';
import { OlderClient } from './older-client.js';
import type { OlderFeed } from './older-feed.js';
import { OlderGroups } from './older-groups.js';
import type { PicturePool } from './picture-encoding/picture-pool.js';

/** What the older clients of a daemon share. */
export interface OlderContext {
  readonly hub: Hub;
  readonly clock: Clock;
  readonly pool: PicturePool;
  readonly feed: OlderFeed;
}

/** Older clients say nothing at first; after so long they are taken as such. */
const SILENT_MS = 1000;
/** How long the end of the daemon waits for the last pictures of those who left. */
const LEAVING_MOST_MS = 2000;

export class OlderClients {
  readonly #context: OlderContext;
  readonly #groups = new OlderGroups<Guest>();
  readonly #leaving = new Set<Promise<void>>();
  #count = 0;

  constructor(context: OlderContext) {
    this.#context = context;
  }

  /** A connection of which nobody knows yet what it speaks. */
  add(guest: Guest): void {
    this.#groups.add(guest);
  }

  /** It is native, or gone. */
  remove(guest: Guest): void {
    this.#groups.remove(guest);
  }

  /** The client that this connection is one of; its others are tied to it, too. */
  clientOf(guest: Guest): OlderClient {
    const members = this.#groups.take(guest);
    this.#count += 1;
    const client = new OlderClient({
      ...this.#context,
      address: guest.address,
      // A colon, which no native session may have: nobody can claim to be an older client.
      session: `older:${this.#count}`,
      refuse: (kind, fault) => {
        members.find((member) => member.kind === kind)?.fail(fault);
      },
      onLeaving: (left) => {
        const done = left.finally(() => this.#leaving.delete(done));
        this.#leaving.add(done);
      },
    });
    for (const member of members) member.tieTo(client);
    return client;
  }

  /** Resolves when the last pictures of all who left are with the others, within two seconds. */
  async left(): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#context.clock.after(LEAVING_MOST_MS, resolve);
    });
    await Promise.race([Promise.all(this.#leaving), late]);
    cancel();
  }

  /**
   * Three connections that stay silent are an older client whose user has not started anything yet:
   * it is there, and sees others, all the same. A native client says its preamble at once.
   */
  greetSilent(): void {
    for (const screen of this.#groups.whole(this.#context.clock.now() - SILENT_MS)) {
      const whole = this.#groups.peek(screen);
      if (!whole.every((guest) => guest.silent)) continue;
      // Each of them, so that each waits.
      if (whole.map((guest) => guest.isLetIn()).every((isIn) => isIn)) this.clientOf(screen);
    }
  }
}
