import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OlderCandidate } from '../../src/daemon/older-groups.js';
import { OlderGroups } from '../../src/daemon/older-groups.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';

interface Candidate extends OlderCandidate {
  readonly who: string;
}

function candidate(who: string, kind: StreamKind, openedAtMs: number): Candidate {
  return { who, kind, address: '192.0.2.7', openedAtMs };
}

function groups(candidates: readonly Candidate[]): OlderGroups<Candidate> {
  const all = new OlderGroups<Candidate>();
  for (const each of candidates) all.add(each);
  return all;
}

/** Who is taken with this one, by kind. */
function taken(all: OlderGroups<Candidate>, one: Candidate): string[] {
  return all.take(one).map(({ who, kind }) => `${who} ${kind}`);
}

describe('OlderGroups', () => {
  it('takes the three that were opened in order', () => {
    const three = STREAM_KINDS.map((kind, at) => candidate('a', kind, at));
    for (const one of three) {
      expect(taken(groups(three), one)).toEqual(['a screen', 'a video', 'a audio']);
    }
  });

  it('takes one that is alone by itself, also one that it was never told of', () => {
    const alone = candidate('a', 'video', 0);
    expect(taken(groups([alone]), alone)).toEqual(['a video']);
    expect(taken(groups([]), alone)).toEqual(['a video']);
  });

  it('takes nobody twice', () => {
    const three = STREAM_KINDS.map((kind, at) => candidate('a', kind, at));
    const all = groups(three);
    const [screen, video] = three;
    if (screen === undefined || video === undefined) throw new Error('no candidates');
    all.take(screen);
    expect(taken(all, video)).toEqual(['a video']);
  });

  it('leaves out who turned out to be native', () => {
    const own = STREAM_KINDS.map((kind, at) => candidate('a', kind, at * 10));
    const native = candidate('native', 'video', 5);
    const [screen, ...others] = own;
    if (screen === undefined) throw new Error('no candidates');
    const all = groups([screen, native, ...others]);
    all.remove(native);
    expect(taken(all, screen)).toEqual(['a screen', 'a video', 'a audio']);
  });

  it('prefers the latest screen when an earlier one is stale', () => {
    const stale = candidate('stale', 'screen', 0);
    const own = STREAM_KINDS.map((kind, at) => candidate('a', kind, 60_000 + at));
    const all = groups([stale, ...own]);
    const [screen] = own;
    if (screen === undefined) throw new Error('no candidates');
    expect(taken(all, screen)).toEqual(['a screen', 'a video', 'a audio']);
    expect(taken(all, stale)).toEqual(['stale screen']);
  });

  it('keeps clients apart that connect at the same time and in the same order', () => {
    // Each opens its next connection only when its last one is open: any such interleaving in which
    // the clients keep their order is told apart.
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), (clients) => {
        const names = Array.from({ length: clients }, (_, at) => `client-${at}`);
        const opened = STREAM_KINDS.flatMap((kind, round) =>
          names.map((who, at) => candidate(who, kind, round * 100 + at)),
        );
        for (const one of opened) {
          const all = groups(opened);
          expect(all.take(one).map(({ who }) => who)).toEqual([one.who, one.who, one.who]);
        }
      }),
    );
  });

  it('gives each connection to exactly one client, however they came', () => {
    const step = fc.record({ kind: fc.constantFrom(...STREAM_KINDS), waitMs: fc.nat(5000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), fc.nat(), (steps, seed) => {
        let atMs = 0;
        const opened = steps.map(({ kind, waitMs }, at) => {
          atMs += waitMs;
          return candidate(String(at), kind, atMs);
        });
        const all = groups(opened);
        const left = new Set(opened);
        while (left.size > 0) {
          const one = [...left][seed % left.size];
          if (one === undefined) break;
          const members = all.take(one);
          expect(members).toContain(one);
          expect(new Set(members.map(({ kind }) => kind)).size).toBe(members.length);
          for (const member of members) expect(left.delete(member)).toBe(true);
          const times = members.map(({ openedAtMs }) => openedAtMs);
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
      }),
    );
  });
});
