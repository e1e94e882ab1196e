import { describe, expect, it, onTestFinished } from 'vitest';
import { GameFollower } from '../../src/game/game-follower.js';
import type { GameView } from '../../src/game/game-view.js';
import { systemClock } from '../../src/transport/clock.js';
import { asMeetError } from '../../src/transport/errors.js';
import { limitsWith } from '../../src/transport/limits.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { seedWanted } from '../fuzz/fuzz-run.js';
import { Random } from '../fuzz/random.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { FAULT_NAMES, storm } from './random-faults.js';
import { leftOver, resources } from './resources.js';

const WHOLE_WITHIN_MS = 5000;
const STORM_MS = 1000 * Number(process.env.MEET_STORM_SECONDS ?? 2);
const LOOK_EVERY_MS = 10;
const seed = seedWanted();

/** Plays by itself: offers or accepts, takes the first free square, wants a revenge. */
class Player {
  readonly session: ViewerSession;
  /** Moves of the games that it saw end, by table and number. */
  readonly games = new Map<string, string>();
  /** What the daemon said that no rule allows. */
  readonly faults: unknown[] = [];
  readonly #follower = new GameFollower((text) => text);
  readonly #opponent: string;
  readonly #stop: () => void;
  #asks = false;

  constructor(daemon: RunningDaemon, proxy: FaultProxy, name: string, opponent: string) {
    this.#opponent = opponent;
    this.session = new ViewerSession({
      ...{ host: '127.0.0.1', ports: { ...daemon.ports, screen: proxy.port }, kinds: ['screen'] },
      identity: { name, room: 'main', session: newSession(), software: 'meet test' },
      ...{ waitMs: 0, reconnect: true, plays: true, limits: limitsWith() },
      ...{ clock: systemClock, random: Math.random },
      events: {
        onFrame: () => undefined,
        onRoster: () => undefined,
        onGame: (record) => {
          if (record === undefined) this.#follower.forget();
          else this.#take(record);
        },
      },
    });
    this.#stop = systemClock.every(LOOK_EVERY_MS, () => {
      void this.#play();
    });
    onTestFinished(() => this.close());
  }

  async close(): Promise<void> {
    this.#stop();
    await this.session.close();
  }

  #take(record: Parameters<GameFollower['take']>[0]): void {
    try {
      const { state, position, number } = this.#follower.take(record);
      if (state === 'over') {
        this.games.set(`${record.table}/${number}`, JSON.stringify(position.moves));
      }
    } catch (thrown) {
      this.faults.push(thrown);
    }
  }

  /** One wish at a time; what a lost connection has swallowed is wished again. */
  async #play(): Promise<void> {
    if (this.#asks) return;
    this.#asks = true;
    try {
      const wish = wishOf(this.#follower.view, this.#opponent);
      if (wish !== undefined) await this.session.play(wish);
    } catch (thrown) {
      asMeetError(thrown);
    } finally {
      this.#asks = false;
    }
  }
}

type Wish = Parameters<ViewerSession['play']>[0];

/** `ada` offers, so that the two do not offer past each other. */
function wishOf(view: GameView | undefined, opponent: string): Wish | undefined {
  switch (view?.state) {
    case undefined:
    case 'closed':
      return opponent === 'bob' ? { action: 'offer', target: opponent } : undefined;
    case 'offered':
      return view.offeredBy === 'opponent' ? { action: 'accept' } : undefined;
    case 'over':
      return view.revenge === 'self' ? undefined : { action: 'revenge' };
    case 'playing':
      return moveOf(view);
  }
}

function moveOf({ own, position }: GameView): Wish | undefined {
  const turn = position.moves.length % 2 === 0 ? 'X' : 'O';
  if (own !== turn) return undefined;
  const taken = new Set(position.moves.map(({ row, column }) => 3 * row + column));
  const free = Array.from({ length: 9 }, (_, at) => at).find((at) => !taken.has(at)) ?? 0;
  return { action: 'move', row: Math.floor(free / 3), column: free % 3 };
}

describe(`two who play over networks that misbehave, by each fault alone and by all mixed (MEET_FUZZ_SEED=${seed})`, () => {
  it('play on within 5 s, see the same games, and leave nothing open', async () => {
    const before = resources();
    const daemon = await RunningDaemon.start();
    const [one, two] = [
      await FaultProxy.listen(daemon.ports.screen, seed),
      await FaultProxy.listen(daemon.ports.screen, seed + 1),
    ];
    const [ada, bob] = [
      new Player(daemon, one, 'ada', 'bob'),
      new Player(daemon, two, 'bob', 'ada'),
    ];
    await Promise.all([ada.session.start(), bob.session.start()]);
    const random = new Random(seed);
    const ends = (): number[] => [ada.games.size, bob.games.size];
    for (const kinds of [...FAULT_NAMES.map((kind) => [kind]), FAULT_NAMES]) {
      await storm([one, two], { random, ms: kinds.length === 1 ? STORM_MS / 4 : STORM_MS, kinds });
      const [ofAda = 0, ofBob = 0] = ends();
      const playOn = { timeout: WHOLE_WITHIN_MS, interval: LOOK_EVERY_MS };
      await expect.poll(() => ada.games.size, playOn).toBeGreaterThan(ofAda);
      await expect.poll(() => bob.games.size, playOn).toBeGreaterThan(ofBob);
    }
    await Promise.all([ada.close(), bob.close()]);
    expect([...ada.faults, ...bob.faults]).toEqual([]);
    const both = [...ada.games.keys()].filter((game) => bob.games.has(game));
    expect(both.length).toBeGreaterThan(FAULT_NAMES.length);
    expect(both.map((game) => ada.games.get(game))).toEqual(
      both.map((game) => bob.games.get(game)),
    );
    await daemon.daemon.close('the game is over');
    await Promise.all([one.close(), two.close()]);
    await expect.poll(() => leftOver(before), { timeout: 10_000, interval: 50 }).toEqual({});
  }, 120_000);
});
