import { describe, expect, it } from 'vitest';
import { ANSWER_MS, OFFERS_A_MINUTE } from '../../src/daemon/game-hall.js';
import { ManualClock } from '../setup/manual-clock.js';
import { Player, two } from './game-scene.js';
import { passed, publisher, viewer } from './relay-scene.js';

const BUSY = { ok: false, code: 'MEET_PLAY_BUSY' };
const USAGE = { ok: false, code: 'MEET_USAGE' };

describe('an offered game', () => {
  it('comes to whom it is made, and begins when it is accepted', async () => {
    const { ada, bob } = await two();
    expect(await ada.ask('offer', { target: 'bob' })).toMatchObject({ ok: true });
    await passed(bob.client);
    expect(bob.tables).toEqual([
      {
        ...{ type: 'game', table: 1, number: 1, state: 'offered', offeredBy: 'opponent' },
        ...{ participant: 1, name: 'ada', away: false, mark: 'O', moves: [], revenge: 'none' },
      },
    ]);
    expect(ada.table).toMatchObject({
      state: 'offered',
      offeredBy: 'self',
      name: 'bob',
      mark: 'X',
    });
    expect(await bob.ask('accept')).toMatchObject({ ok: true });
    await passed(ada.client);
    expect([ada.table?.state, bob.table?.state]).toEqual(['playing', 'playing']);
  });

  it('may be made by number, and to nobody beyond one’s own room', async () => {
    const { daemon, ada, bob } = await two();
    const far = await Player.join(daemon, 'eve', { room: 'lab' });
    expect(await ada.ask('offer', { target: 'eve' })).toMatchObject(USAGE);
    expect(await ada.ask('offer', { target: '2' })).toMatchObject({ ok: true });
    await passed(bob.client, far.client);
    expect(bob.table).toMatchObject({ state: 'offered' });
    expect(far.tables).toEqual([]);
  });

  it('names who is near where nobody is called so, and refuses oneself', async () => {
    const { ada } = await two();
    expect(await ada.ask('offer', { target: 'bbo' })).toMatchObject({
      ...USAGE,
      message: 'there is no participant "bbo" (did you mean "bob"?); there are: ada (1), bob (2)',
    });
    expect(await ada.ask('offer', { target: 'ada' })).toMatchObject({
      ...USAGE,
      message: 'one cannot play against oneself',
    });
    expect(await ada.ask('offer')).toMatchObject(USAGE);
    expect(ada.tables).toEqual([]);
  });

  it('is refused to somebody who shows no dashboard that plays', async () => {
    const { daemon, ada } = await two();
    const kiosk = await publisher(daemon, { name: 'kiosk', hello: { plays: true } });
    const log = await viewer(daemon, { name: 'log' });
    for (const target of ['kiosk', 'log']) {
      expect(await ada.ask('offer', { target })).toMatchObject({
        ...BUSY,
        message: expect.stringContaining(`${target} cannot play`) as string,
      });
    }
    log.sendControl({ type: 'play', id: 1, action: 'offer', target: 'ada' });
    kiosk.sendControl({ type: 'play', id: 1, action: 'offer', target: 'ada' });
    await passed(kiosk, log);
    for (const client of [kiosk, log]) {
      expect(await client.answer('error')).toMatchObject({ code: 'MEET_CONTROL_INVALID' });
    }
    expect(ada.tables).toEqual([]);
  });

  it('is declined, and taken back, with words to the other one', async () => {
    const { ada, bob } = await two();
    await ada.ask('offer', { target: 'bob' });
    expect(await ada.ask('accept')).toMatchObject(USAGE);
    await bob.ask('decline');
    await passed(ada.client);
    const declined = { state: 'closed', code: 'MEET_PLAY_DECLINED' };
    expect(ada.table).toMatchObject({ ...declined, reason: 'bob declined' });
    expect(bob.table).toMatchObject({ ...declined, reason: 'you declined' });
    await bob.ask('offer', { target: 'ada' });
    await bob.ask('leave');
    await passed(ada.client);
    expect(ada.table).toMatchObject({ ...declined, reason: 'bob took the offer back' });
    expect(await ada.ask('accept')).toMatchObject(USAGE);
  });

  it('begins where both offer one at the same time', async () => {
    const { ada, bob } = await two();
    const [first, second] = await Promise.all([
      ada.ask('offer', { target: 'bob' }),
      bob.ask('offer', { target: 'ada' }),
    ]);
    expect([first, second]).toMatchObject([{ ok: true }, { ok: true }]);
    await passed(ada.client, bob.client);
    expect([ada.table?.state, bob.table?.state]).toEqual(['playing', 'playing']);
    expect([ada.table?.mark, bob.table?.mark].sort()).toEqual(['O', 'X']);
  });

  it('is one at a time for each of the two', async () => {
    const { daemon, ada, bob } = await two();
    const eve = await Player.join(daemon, 'eve');
    await ada.ask('offer', { target: 'bob' });
    expect(await eve.ask('offer', { target: 'bob' })).toMatchObject({
      ...BUSY,
      message: expect.stringContaining('bob sits at a table') as string,
    });
    expect(await eve.ask('offer', { target: 'ada' })).toMatchObject(BUSY);
    expect(await bob.ask('offer', { target: 'eve' })).toMatchObject(BUSY);
    expect(await ada.ask('offer', { target: 'eve' })).toMatchObject(BUSY);
    await bob.ask('decline');
    expect(await eve.ask('offer', { target: 'bob' })).toMatchObject({ ok: true });
  });

  it('ends by itself when no answer comes', async () => {
    const clock = new ManualClock();
    const { ada, bob } = await two({ clock, limits: { 'ping-ms': 1_000_000 } });
    await ada.ask('offer', { target: 'bob' });
    clock.advance(ANSWER_MS - 1);
    await passed(ada.client);
    expect(ada.table).toMatchObject({ state: 'offered' });
    clock.advance(1);
    await passed(ada.client, bob.client);
    for (const { table } of [ada, bob]) {
      expect(table).toMatchObject({ state: 'closed', reason: 'no answer came in 60 s' });
    }
  });

  it('is bounded in a minute', async () => {
    const clock = new ManualClock();
    const { ada, bob } = await two({ clock, limits: { 'ping-ms': 1_000_000 } });
    for (let at = 0; at < OFFERS_A_MINUTE; at += 1) {
      expect(await ada.ask('offer', { target: 'bob' })).toMatchObject({ ok: true });
      await bob.ask('decline');
    }
    expect(await ada.ask('offer', { target: 'bob' })).toMatchObject(BUSY);
    clock.advance(60_000);
    expect(await ada.ask('offer', { target: 'bob' })).toMatchObject({ ok: true });
  });
});
