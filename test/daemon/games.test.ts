import { describe, expect, it } from 'vitest';
import { ANSWER_MS, PLAYER_AWAY_MS } from '../../src/daemon/game-hall.js';
import { ManualClock } from '../setup/manual-clock.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { Player, twoPlaying, xWins } from './game-scene.js';
import { passed } from './relay-scene.js';

const REFUSED = { ok: false, code: 'MEET_PLAY_MOVE' };
const BUSY = { ok: false, code: 'MEET_PLAY_BUSY' };
const USAGE = { ok: false, code: 'MEET_USAGE' };

describe('a game through the daemon', () => {
  it('is played to its end, each told the whole table after each move', async () => {
    const { ada, bob } = await twoPlaying();
    await ada.move(0, 0);
    await bob.move(1, 1);
    await ada.move(0, 1);
    await bob.move(2, 2);
    await ada.move(0, 2);
    await passed(bob.client);
    const moves = [
      { row: 0, column: 0 },
      { row: 1, column: 1 },
      { row: 0, column: 1 },
      { row: 2, column: 2 },
      { row: 0, column: 2 },
    ];
    for (const { table } of [ada, bob]) expect(table).toMatchObject({ state: 'over', moves });
    expect(await bob.move(2, 0)).toMatchObject(REFUSED);
  });

  it('takes no move that is out of turn, on a taken square, none, or of somebody else', async () => {
    const { daemon, ada, bob } = await twoPlaying();
    const eve = await Player.join(daemon, 'eve');
    expect(await bob.move(0, 0)).toMatchObject(REFUSED);
    await ada.move(0, 0);
    expect(await bob.move(0, 0)).toMatchObject({ ...REFUSED, message: '0,0 is taken by X' });
    expect(await ada.move(1, 1)).toMatchObject(REFUSED);
    expect(await bob.ask('move', { row: 1 })).toMatchObject(REFUSED);
    expect(await eve.move(1, 1)).toMatchObject(USAGE);
    bob.client.sendControl({ type: 'play', id: 99, action: 'move', row: 3, column: 0 });
    expect(await bob.client.answer('error')).toMatchObject({ code: 'MEET_CONTROL_INVALID' });
    await passed(ada.client, bob.client);
    expect(ada.table).toMatchObject({ state: 'playing', moves: [{ row: 0, column: 0 }] });
    expect(eve.tables).toEqual([]);
  });

  it('has a revenge when both want it, and then the other one begins', async () => {
    const { ada, bob } = await twoPlaying();
    expect(await ada.ask('revenge')).toMatchObject(USAGE);
    await xWins(ada, bob);
    await bob.ask('revenge');
    await passed(ada.client);
    expect(ada.table).toMatchObject({ state: 'over', revenge: 'opponent' });
    expect(bob.table).toMatchObject({ state: 'over', revenge: 'self' });
    await bob.ask('revenge');
    await ada.ask('revenge');
    await passed(bob.client);
    expect(bob.table).toMatchObject({ state: 'playing', number: 2, mark: 'X', moves: [] });
    expect(ada.table).toMatchObject({ mark: 'O', revenge: 'none' });
    expect(await ada.move(0, 0)).toMatchObject(REFUSED);
    expect(await bob.move(0, 0)).toMatchObject({ ok: true });
  });

  it('leaves the table to whoever offers another game after the end', async () => {
    const { daemon, ada, bob } = await twoPlaying();
    const eve = await Player.join(daemon, 'eve');
    await xWins(ada, bob);
    expect(await eve.ask('offer', { target: 'ada' })).toMatchObject(BUSY);
    expect(await ada.ask('offer', { target: 'eve' })).toMatchObject({ ok: true });
    await passed(bob.client, eve.client);
    expect(bob.table).toMatchObject({ state: 'closed', reason: 'ada left' });
    expect(eve.table).toMatchObject({ state: 'offered', name: 'ada' });
  });

  it('frees both when nobody wants a revenge', async () => {
    const clock = new ManualClock();
    const { ada, bob } = await twoPlaying({ clock, limits: { 'ping-ms': 1_000_000 } });
    await xWins(ada, bob);
    clock.advance(ANSWER_MS);
    await passed(ada.client, bob.client);
    expect(ada.table).toMatchObject({ state: 'closed' });
    expect(await bob.ask('offer', { target: 'ada' })).toMatchObject({ ok: true });
  });

  it('ends when one leaves, and names who did', async () => {
    const { ada, bob } = await twoPlaying();
    await ada.move(0, 0);
    await bob.ask('leave');
    await passed(ada.client);
    const gone = { state: 'closed', code: 'MEET_PLAYER_GONE', moves: [{ row: 0, column: 0 }] };
    expect(ada.table).toMatchObject({ ...gone, reason: 'bob left' });
    expect(bob.table).toMatchObject({ ...gone, reason: 'you left' });
  });

  it('ends when one leaves the meeting, by itself or sent away', async () => {
    const { daemon, ada, bob } = await twoPlaying();
    bob.client.sendControl({ type: 'bye', reason: 'dinner' });
    await bob.client.closed;
    await passed(ada.client);
    expect(ada.table).toMatchObject({ reason: 'bob left the meeting (dinner)' });
    const eve = await Player.join(daemon, 'eve');
    await eve.ask('offer', { target: 'ada' });
    const participant = [...daemon.daemon.hub.participants].find(({ name }) => name === 'eve');
    if (participant !== undefined) daemon.daemon.kick(participant);
    await passed(ada.client);
    expect(ada.table).toMatchObject({
      state: 'closed',
      reason: 'eve left the meeting (sent away by the host)',
    });
  });
});

describe('a player whose connection is lost', () => {
  it('finds the table as it was when it comes back in time', async () => {
    const clock = new ManualClock();
    const session = newSession();
    const options = { clock, limits: { 'ping-ms': 1_000_000 } };
    const daemon = await RunningDaemon.start(options);
    const ada = await Player.join(daemon, 'ada');
    const bob = await Player.join(daemon, 'bob', { session });
    await ada.ask('offer', { target: 'bob' });
    await bob.ask('accept');
    await ada.move(2, 1);
    bob.client.raw.reset();
    await ada.client.answers.first(({ type, away }) => type === 'game' && away === true);
    clock.advance(PLAYER_AWAY_MS - 1);
    const back = await Player.join(daemon, 'bob', { session });
    expect(await back.client.answer('game')).toMatchObject({
      state: 'playing',
      moves: [{ row: 2, column: 1 }],
    });
    await passed(ada.client);
    expect(ada.table).toMatchObject({ state: 'playing', away: false });
    clock.advance(PLAYER_AWAY_MS);
    expect(await back.move(0, 0)).toMatchObject({ ok: true });
  });

  it('is named as vanished when it does not', async () => {
    const clock = new ManualClock();
    const { ada, bob } = await twoPlaying({ clock, limits: { 'ping-ms': 1_000_000 } });
    bob.client.raw.reset();
    await ada.client.answers.first(({ type, away }) => type === 'game' && away === true);
    clock.advance(PLAYER_AWAY_MS);
    await passed(ada.client);
    expect(ada.table).toMatchObject({
      state: 'closed',
      code: 'MEET_PLAYER_GONE',
      reason: 'bob vanished and did not come back',
    });
  });

  it('is still there while another of its connections plays', async () => {
    const session = newSession();
    const daemon = await RunningDaemon.start();
    const ada = await Player.join(daemon, 'ada');
    const bob = await Player.join(daemon, 'bob', { session });
    const same = await Player.join(daemon, 'bob', { session, kind: 'video' });
    await ada.ask('offer', { target: 'bob' });
    await passed(same.client);
    expect(same.table).toMatchObject({ state: 'offered' });
    bob.client.raw.reset();
    await same.ask('accept');
    await passed(ada.client);
    expect(ada.tables.some(({ away }) => away === true)).toBe(false);
    expect(ada.table).toMatchObject({ state: 'playing' });
  });
});
