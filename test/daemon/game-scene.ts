/**
 * Players in tests of games: clients that offer, answer and move, and the newest table that each was
 * told. Owns how they join; the daemon is the test's.
 */
import type { NativeClient, WireAnswer } from '../setup/native-client.js';
import type { TestDaemonOptions } from '../setup/running-daemon.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { passed, viewer } from './relay-scene.js';

const PLAYS = { hello: { plays: true } };

/** A client that plays, and its newest table. */
export class Player {
  readonly client: NativeClient;
  #id = 0;

  constructor(client: NativeClient) {
    this.client = client;
  }

  static async join(daemon: RunningDaemon, name: string, wish: object = {}): Promise<Player> {
    return new Player(await viewer(daemon, { name, ...PLAYS, ...wish }));
  }

  /** The daemon's answer. */
  async ask(action: string, more: object = {}): Promise<WireAnswer> {
    this.#id += 1;
    const id = this.#id;
    this.client.sendControl({ type: 'play', id, action, ...more });
    return this.client.answers.first((record) => record.type === 'done' && record.id === id);
  }

  async move(row: number, column: number): Promise<WireAnswer> {
    return this.ask('move', { row, column });
  }

  get tables(): WireAnswer[] {
    return this.client.answers.entries.filter(({ type }) => type === 'game');
  }

  get table(): WireAnswer | undefined {
    return this.tables.at(-1);
  }
}

export async function two(
  options: TestDaemonOptions = {},
): Promise<{ daemon: RunningDaemon; ada: Player; bob: Player }> {
  const daemon = await RunningDaemon.start(options);
  const ada = await Player.join(daemon, 'ada');
  const bob = await Player.join(daemon, 'bob');
  return { daemon, ada, bob };
}

/** ada is X and begins. */
export async function twoPlaying(options: TestDaemonOptions = {}): ReturnType<typeof two> {
  const scene = await two(options);
  await scene.ada.ask('offer', { target: 'bob' });
  await scene.bob.ask('accept');
  await passed(scene.ada.client, scene.bob.client);
  return scene;
}

/** X takes the first row, O two squares of the second. */
export async function xWins(x: Player, o: Player): Promise<void> {
  for (const column of [0, 1, 2]) {
    await x.move(0, column);
    if (column < 2) await o.move(1, column);
  }
  await passed(x.client, o.client);
}
