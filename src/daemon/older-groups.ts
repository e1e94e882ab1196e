/**
 * Which connections of the older framing are one participant: the same address, opened in the order
 * screen, video, audio, with nothing said before all three are open. Owns the connections that are
 * not known to be native, in the order in which they came; reads none of them.
 *
 * A group is looked for when one of its connections says its first frame: by then the native ones of
 * that address have shown themselves and are out of the way.
 */
import type { StreamKind } from '../transport/stream-kind.js';

/** A connection that may be one of an older client's three. */
export interface OlderCandidate {
  readonly kind: StreamKind;
  readonly address: string;
  /** Monotonic ms. */
  readonly openedAtMs: number;
}

/**
 * Clients that connect at the same time may be interleaved: among those whose connections came this
 * close together, the first one waiting is meant; else the latest, since an earlier one is stale.
 */
const TOGETHER_MS = 2000;

type Group<C> = Partial<Record<StreamKind, C>> & { lastAtMs: number };

export class OlderGroups<C extends OlderCandidate> {
  readonly #candidates = new Map<string, C[]>();

  add(candidate: C): void {
    const list = this.#candidates.get(candidate.address) ?? [];
    list.push(candidate);
    this.#candidates.set(candidate.address, list);
  }

  /** It is native, grouped already, or gone. */
  remove(candidate: C): void {
    const list = this.#candidates.get(candidate.address)?.filter((other) => other !== candidate);
    if (list === undefined || list.length === 0) this.#candidates.delete(candidate.address);
    else this.#candidates.set(candidate.address, list);
  }

  /** Every whole group whose last connection was opened before `beforeMs`, by its screen connection. */
  whole(beforeMs: number): C[] {
    const screens: C[] = [];
    for (const list of this.#candidates.values()) {
      for (const { screen, video, audio, lastAtMs } of groupsOf(list)) {
        if (screen === undefined || video === undefined || audio === undefined) continue;
        if (lastAtMs <= beforeMs) screens.push(screen);
      }
    }
    return screens;
  }

  /** The connections that belong together with this one, itself included. */
  peek(candidate: C): C[] {
    const groups = groupsOf(this.#candidates.get(candidate.address) ?? []);
    const own = groups.find((group) => group[candidate.kind] === candidate);
    const members = [own?.screen, own?.video, own?.audio].filter((member) => member !== undefined);
    return members.length === 0 ? [candidate] : members;
  }

  /** Takes out the connections that belong together with this one, itself included. */
  take(candidate: C): C[] {
    const members = this.peek(candidate);
    for (const member of members) this.remove(member);
    return members;
  }
}

function groupsOf<C extends OlderCandidate>(candidates: readonly C[]): Group<C>[] {
  const groups: Group<C>[] = [];
  for (const other of candidates) {
    const group = chooseGroup(groups, other);
    group[other.kind] = other;
    group.lastAtMs = other.openedAtMs;
  }
  return groups;
}

function chooseGroup<C extends OlderCandidate>(groups: Group<C>[], next: C): Group<C> {
  const open = groups.filter((group) => lacks(group, next.kind));
  const together = open.find((group) => next.openedAtMs - group.lastAtMs <= TOGETHER_MS);
  const chosen = next.kind === 'screen' ? undefined : (together ?? open.at(-1));
  if (chosen !== undefined) return chosen;
  const group: Group<C> = { lastAtMs: next.openedAtMs };
  groups.push(group);
  return group;
}

/** Whether a connection of that kind is what the group waits for next. */
function lacks<C>(group: Group<C>, kind: StreamKind): boolean {
  if (kind === 'video') return group.video === undefined && group.audio === undefined;
  return kind === 'audio' && group.audio === undefined;
}
