import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { PublisherStream } from '../../src/transport/publisher-stream.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { Journal } from '../setup/journal.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireControl, wireJpeg, wirePicture } from '../setup/wire.js';
import { WireServer, wireGreeting } from '../setup/wire-server.js';

/** A daemon that says these records in one packet with its welcome. */
function server(welcome: object, ...records: Buffer[]): Promise<WireServer> {
  return WireServer.listen({
    greeting: () => Buffer.concat([wireGreeting(welcome), ...records]),
  });
}

function options(port: number) {
  return {
    host: '127.0.0.1',
    identity: { name: 'ada', room: 'main', session: newSession(), software: 't' },
    waitMs: 0,
    reconnect: false,
    limits: limitsWith(),
    clock: systemClock,
    random: () => 0,
    port,
  };
}

const person = {
  ...{ participant: 5, name: 'bob', origin: 'native', streams: [] },
  ...{ away: false, watching: false, hand: false },
};
const game = {
  ...{ type: 'game', table: 1, number: 1, state: 'offered', offeredBy: 'opponent' },
  ...{ participant: 5, name: 'bob', away: false, mark: 'X', moves: [], revenge: 'none' },
};

describe('what comes in one packet with the welcome', () => {
  it('is known to a viewer: the roster, chat, a game and the first picture, which it acknowledges', async () => {
    const daemon = await server(
      { roster: [], more: true, acks: true },
      wireControl({ type: 'roster', participants: [person] }),
      wireControl({ type: 'chat', name: 'bob', text: 'hello', atUs: 1 }),
      wireControl(game),
      wirePicture({ source: 5, sequence: 9 }, wireJpeg()),
    );
    const told = new Journal<unknown>();
    const viewer = new ViewerSession({
      ...options(daemon.port),
      ports: { screen: daemon.port, video: 1, audio: 1 },
      kinds: ['screen'],
      events: {
        onOpen: () => {
          told.push('open');
        },
        onRoster: (roster) => {
          told.push(roster.map(({ name }) => name));
        },
        onChat: ({ text }) => {
          told.push(text);
        },
        onGame: (game) => {
          told.push(game?.type);
        },
        onFrame: (participant, { sequence }) => {
          told.push([participant, sequence]);
        },
      },
    });
    onTestFinished(() => viewer.close());
    await viewer.start();
    await told.first((entry) => Array.isArray(entry) && entry[1] === 9);
    expect(told.entries).toEqual([undefined, 'open', ['bob'], 'hello', 'game', [5, 9]]);
    const isAck = ({ payload }: { payload: Buffer }): boolean => payload.includes('"ack"');
    const { payload } = await daemon.records.first(isAck);
    expect(JSON.parse(payload.toString())).toMatchObject({ source: 5, sequence: 9 });
  });

  it('is known to a sharer: that nobody wants its stream, and that the host has stopped it', async () => {
    const daemon = await server(
      {},
      wireControl({ type: 'want', wanted: false }),
      wireControl({ type: 'held', held: true, atUs: 7 }),
    );
    const told: unknown[] = [];
    const stream = new PublisherStream({
      ...options(daemon.port),
      kind: 'screen',
      events: {
        onOpen: () => told.push('open'),
        onLost: () => told.push('lost'),
        onWanted: (_, wanted) => told.push(['wanted', wanted]),
        onHeld: (_, held, atUs) => told.push(['held', held, atUs]),
      },
    });
    onTestFinished(() => stream.close());
    await stream.start();
    expect(told).toEqual(['open', ['wanted', false], ['held', true, 7]]);
  });
});

describe('what the daemon cannot read', () => {
  const tooLong = 'x'.repeat(10_001);

  it('ends a greeting at once, with its words', async () => {
    const { ports } = await RunningDaemon.start();
    const stream = new PublisherStream({
      ...options(ports.screen),
      identity: { ...options(0).identity, name: tooLong },
      kind: 'screen',
      events: { onOpen: () => undefined, onLost: () => undefined },
    });
    onTestFinished(() => stream.close());
    const beganMs = performance.now();
    await expect(stream.start()).rejects.toThrow(/name/u);
    // Not the words of one who got no answer in 5 s.
    expect(performance.now() - beganMs).toBeLessThan(4000);
  });

  it('is the answer to what was asked', async () => {
    const { ports } = await RunningDaemon.start();
    const viewer = new ViewerSession({
      ...options(0),
      ports,
      kinds: ['screen'],
      events: { onFrame: () => undefined, onRoster: () => undefined },
    });
    onTestFinished(() => viewer.close());
    await viewer.start();
    const done = await viewer.ask({ type: 'toggle', action: 'stop', target: tooLong });
    expect(done).toMatchObject({ ok: false, message: expect.stringMatching(/target/u) as unknown });
  });
});
