/**
 * Invites: secrets that let somebody in without waiting. Owns the list and its text, one JSON object a
 * line; keeps the hash of a secret, never the secret.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';

import type { Clock } from '../../transport/clock.js';
import type { Role } from '../../transport/admission-records.js';
import { ROLES } from '../../transport/admission-records.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import { didYouMean, someOf } from '../../transport/near-word.js';
import { FollowedText } from './followed-text.js';
import type { TextFile } from './text-file.js';

const row = z.object({
  id: z.string(),
  /** SHA-256 of the secret, base64url. */
  hash: z.string(),
  role: z.enum(ROLES),
  room: z.string().optional(),
  once: z.boolean(),
  madeAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  revokedAt: z.iso.datetime().optional(),
  /** Its time was over then, whatever the clock says later. */
  expiredAt: z.iso.datetime().optional(),
  /** Of an invite for one: the key, or the session, that has used it. */
  usedBy: z.string().optional(),
});

export type InviteRow = z.infer<typeof row>;

export interface InviteWish {
  readonly role: Role;
  readonly room: string | undefined;
  readonly once: boolean;
  readonly expiresMs: number;
}

/** Invites that are kept; those that can't be used any more go first. */
const MOST_INVITES = 1000;
const ID_BYTES = 6;
const SECRET_BYTES = 24;
const NOTE_EVERY_MS = 60_000;

export class Invites {
  readonly #clock: Clock;
  readonly #list: FollowedText<readonly InviteRow[]>;
  readonly #onFault: (fault: MeetError) => void;
  /** By id, of this daemon's life. */
  readonly #revoked = new Set<string>();
  readonly #over = new Set<string>();
  /** By id and end: when its time is over by the monotonic clock, in ms. */
  #endsMs: ReadonlyMap<string, number> = new Map();
  #isTold = false;
  /** Monotonic ms. */
  #notedMs = -Infinity;

  /** Reads the file. Throws MEET_IDENTITY that names a line which can't be read. */
  constructor(file: TextFile, clock: Clock, onFault: (fault: MeetError) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
    this.#list = new FollowedText<readonly InviteRow[]>({
      ...{ file, parse: parseInvites, format: formatInvites, onFault },
    });
    this.noteEnds();
  }

  get rows(): readonly InviteRow[] {
    return this.#list.content;
  }

  /** Why an invite can't be used any more; undefined: it can. */
  stateOf(invite: InviteRow): 'revoked' | 'expired' | undefined {
    const { id, revokedAt, expiredAt } = invite;
    if (revokedAt !== undefined || this.#revoked.has(id)) return 'revoked';
    if (expiredAt !== undefined || this.#over.has(endOf(invite))) return 'expired';
    if (!this.#isOver(invite)) return undefined;
    this.#over.add(endOf(invite));
    return 'expired';
  }

  /**
   * Writes down whose time is over, so that a clock which is set back makes none of them good again, and
   * from now on counts the time of those that it sees for the first time.
   */
  noteEnds(): void {
    const { rows } = this;
    const nowMs = this.#clock.now();
    this.#notedMs = nowMs;
    const known = this.#endsMs;
    this.#endsMs = new Map(
      rows.map((each) => {
        const end = endOf(each);
        return [end, known.get(end) ?? nowMs + Date.parse(each.expiresAt) - this.#nowMs];
      }),
    );
    const isNew = (each: InviteRow): boolean =>
      each.expiredAt === undefined && this.stateOf(each) === 'expired';
    if (!rows.some(isNew)) return;
    const expiredAt = this.#iso(0);
    try {
      this.#list.alone(() => {
        const changed = this.rows.map((each) => (isNew(each) ? { ...each, expiredAt } : each));
        this.#list.replace(changed);
      });
      this.#isTold = false;
    } catch (thrown) {
      // Until the daemon ends it is known all the same.
      if (!this.#isTold) this.#onFault(asMeetError(thrown));
      this.#isTold = true;
    }
  }

  /** Call it each second or so. */
  tick(): void {
    if (this.#clock.now() - this.#notedMs >= NOTE_EVERY_MS) this.noteEnds();
  }

  /** Makes one. The token is told this once. Throws MEET_USAGE when there are too many, MEET_IDENTITY. */
  create(wish: InviteWish): { token: string; row: InviteRow } {
    return this.#list.alone(() => this.#create(wish));
  }

  #create({ role, room, once, expiresMs }: InviteWish): { token: string; row: InviteRow } {
    const kept = this.#withRoom();
    const id = inviteId(randomBytes(ID_BYTES));
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const made: InviteRow = {
      id,
      hash: hashOf(secret),
      role,
      ...(room === undefined ? {} : { room }),
      once,
      madeAt: this.#iso(0),
      expiresAt: this.#iso(expiresMs),
    };
    this.#list.replace([...kept, made]);
    this.noteEnds();
    return { token: `${id}.${secret}`, row: made };
  }

  /**
   * It is good no more, also where that can't be written down: call what is returned to do so, which
   * throws MEET_IDENTITY. Throws MEET_USAGE with the ids that there are.
   */
  revoke(id: string): () => InviteRow {
    const known = this.#get(id);
    if (known === undefined) {
      const good = this.rows.filter((each) => this.stateOf(each) === undefined);
      const ids = good.map((each) => each.id);
      const hint = didYouMean(id, ids);
      throw new MeetError(
        'MEET_USAGE',
        `there is no invite "${id.slice(0, 32)}"${hint}; good ones are: ${someOf(ids)}`,
      );
    }
    this.#revoked.add(id);
    const revokedAt = known.revokedAt ?? this.#iso(0);
    return () => {
      this.#change(id, { revokedAt });
      return { ...known, revokedAt };
    };
  }

  /**
   * Takes a token of `user`, a key or a session. An invite for one belongs to whoever comes first.
   * Throws MEET_BAD_CREDENTIALS, MEET_INVITE_REVOKED, MEET_INVITE_EXPIRED or MEET_INVITE_USED;
   * MEET_IDENTITY when the use of one for one can't be kept.
   */
  use(token: string, user: string): InviteRow {
    const [id = '', secret = ''] = token.split('.');
    const known = this.#get(id);
    // Also of an unknown id, so that both take the same time.
    const right = sameText(known?.hash ?? hashOf(''), hashOf(secret));
    if (known === undefined || !right) {
      throw new MeetError(
        'MEET_BAD_CREDENTIALS',
        'this invite is not known here; ask for a new one',
      );
    }
    this.#requireGood(known);
    if (!known.once) return known;
    const use = (): InviteRow => this.#useOnce(id, user);
    return known.usedBy === undefined ? this.#list.alone(use) : use();
  }

  /** Another daemon may have let somebody in by it just now. */
  #useOnce(id: string, user: string): InviteRow {
    const known = this.#get(id);
    if (known !== undefined) this.#requireGood(known);
    if (known?.usedBy === user) return known;
    if (known === undefined || known.usedBy !== undefined) {
      throw new MeetError(
        'MEET_INVITE_USED',
        `invite ${id} was for one, and somebody else has used it; ask for a new one`,
      );
    }
    this.#change(id, { usedBy: user });
    return { ...known, usedBy: user };
  }

  #requireGood(invite: InviteRow): void {
    const state = this.stateOf(invite);
    if (state === undefined) return;
    const { id, expiresAt } = invite;
    throw new MeetError(
      state === 'revoked' ? 'MEET_INVITE_REVOKED' : 'MEET_INVITE_EXPIRED',
      `invite ${id} ${state === 'revoked' ? 'was revoked' : `expired at ${expiresAt}`}; ask for a new one`,
    );
  }

  #get(id: string): InviteRow | undefined {
    return this.rows.find((each) => each.id === id);
  }

  /** By the wall clock, or by how long this daemon knows of it: neither is set back by the other. */
  #isOver(invite: InviteRow): boolean {
    if (Date.parse(invite.expiresAt) <= this.#nowMs) return true;
    return (this.#endsMs.get(endOf(invite)) ?? Infinity) <= this.#clock.now();
  }

  #change(id: string, more: Partial<InviteRow>): void {
    this.#list.alone(() => {
      const changed = this.rows.map((each) => (each.id === id ? { ...each, ...more } : each));
      this.#list.replace(changed);
    });
  }

  /** All, without those that can't be used any more where there are too many. */
  #withRoom(): readonly InviteRow[] {
    const { rows } = this;
    if (rows.length < MOST_INVITES) return rows;
    const good = rows.filter((each) => this.stateOf(each) === undefined);
    if (good.length < MOST_INVITES) return good;
    throw new MeetError('MEET_USAGE', `there are ${MOST_INVITES} invites; revoke some first`);
  }

  get #nowMs(): number {
    return this.#clock.wallUs() / 1000;
  }

  #iso(afterMs: number): string {
    return new Date(this.#nowMs + afterMs).toISOString();
  }
}

function formatInvites(rows: readonly InviteRow[]): string {
  return rows.map((each) => `${JSON.stringify(each)}\n`).join('');
}

function parseInvites(text: string, where: string): InviteRow[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    try {
      return [row.parse(JSON.parse(line))];
    } catch (cause) {
      throw new MeetError(
        'MEET_IDENTITY',
        `${where}, line ${at + 1} is no invite; remove the line`,
        { cause },
      );
    }
  });
}

/** An invite of which somebody has changed the end by hand has another one. */
function endOf({ id, expiresAt }: InviteRow): string {
  return `${id} ${expiresAt}`;
}

/** An id that is typed as an argument: with a dash before it, it would be read as an option. */
export function inviteId(random: Buffer): string {
  return random.toString('base64url').replace(/^-/, '_');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

function sameText(one: string, other: string): boolean {
  return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
