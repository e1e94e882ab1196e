import { describe, expect, it } from 'vitest';
import type { HubSubscriber } from '../../src/daemon/hub-subscriber.js';
import { Hub } from '../../src/daemon/hub.js';
import { makeFrame } from '../../src/transport/frame.js';
import type { Frame } from '../../src/transport/frame.js';
import type { Limits } from '../../src/transport/limits.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { ManualClock } from '../setup/manual-clock.js';
import { wireJpeg, wireSamples } from '../setup/wire.js';

function scene(limits: Partial<Limits> = {}) {
  const clock = new ManualClock();
  const hub = new Hub(clock, limitsWith({ 'away-ms': 5000, ...limits }));
  const join = (name = 'kiosk', session = name, room = 'main') =>
    hub.enter({ name, room, session, origin: 'native', address: '192.0.2.7' });
  return { clock, hub, join };
}

function picture(clock: ManualClock, sequence: number, kind: StreamKind = 'screen'): Frame {
  const payload = kind === 'audio' ? wireSamples(8) : wireJpeg();
  return makeFrame({ kind, sequence, capturedAtUs: clock.wallUs(), payload });
}

/** Writes down all that a subscriber is told. */
function watcher(): HubSubscriber & { told: string[] } {
  const told: string[] = [];
  return {
    told,
    onJoined({ name }) {
      told.push(`joined ${name}`);
    },
    onLeft({ name }, reason) {
      told.push(`left ${name}: ${reason}`);
    },
    onStream({ name }, { kind, state }, reason) {
      told.push(`${name} ${kind} ${state}${reason === undefined ? '' : `: ${reason}`}`);
    },
    onFrame({ name }, { kind }, { sequence }, lost) {
      told.push(`${name} ${kind} frame ${sequence} lost ${lost}`);
    },
  };
}

describe('Hub', () => {
  it('gives every frame to every subscriber, the same one, until it unsubscribes', () => {
    const { clock, hub, join } = scene();
    const seen: Frame[][] = [[], []];
    const stops = seen.map((list) =>
      hub.subscribe({ onFrame: (_p, _s, frame) => list.push(frame) }),
    );
    const participant = join();
    const stream = hub.openStream(participant, 'screen');
    hub.publish(participant, stream, picture(clock, 0), 0);
    stops[0]?.();
    stops[0]?.();
    hub.publish(participant, stream, picture(clock, 1), 0);
    expect(seen.map((list) => list.map(({ sequence }) => sequence))).toEqual([[0], [0, 1]]);
    expect(seen[0]?.[0]).toBe(seen[1]?.[0]);
  });

  it('tells a stream’s whole life in order', () => {
    const { clock, hub, join } = scene();
    const { told, ...subscriber } = watcher();
    hub.subscribe(subscriber);
    const participant = join();
    const stream = hub.openStream(participant, 'video');
    hub.publish(participant, stream, picture(clock, 0, 'video'), 0);
    hub.publish(participant, stream, picture(clock, 4, 'video'), 0);
    hub.setSelf(participant, stream, 'off', 'done');
    hub.setSelf(participant, stream, 'off', 'done again');
    hub.exit(participant, true, 'bye');
    expect(told).toEqual([
      'joined kiosk',
      'kiosk video on',
      'kiosk video frame 0 lost 0',
      'kiosk video frame 4 lost 3',
      'kiosk video off: done',
      'left kiosk: bye',
    ]);
  });

  it('says that a stream has stalled after 3 s without a frame, and that it goes on', () => {
    const { clock, hub, join } = scene();
    const { told, ...subscriber } = watcher();
    const participant = join();
    const stream = hub.openStream(participant, 'screen');
    hub.publish(participant, stream, picture(clock, 0), 0);
    hub.subscribe(subscriber);
    clock.advance(3000);
    hub.tick();
    expect(told).toEqual([]);
    clock.advance(1);
    hub.tick();
    hub.tick();
    expect(told).toEqual(['kiosk screen stalled: no frame came for a while']);
    hub.publish(participant, stream, picture(clock, 1), 0);
    expect(told.slice(1)).toEqual(['kiosk screen on', 'kiosk screen frame 1 lost 0']);
  });

  it('does not take a stream that is off for a stalled one', () => {
    const { clock, hub, join } = scene();
    const participant = join();
    const stream = hub.openStream(participant, 'screen');
    clock.advance(60_000);
    hub.tick();
    expect(stream.state).toBe('off');
  });

  it('takes an unchanged record for a sign of life, but keeps the picture before it', () => {
    const { clock, hub, join } = scene();
    const participant = join();
    const stream = hub.openStream(participant, 'screen');
    const first = picture(clock, 0);
    hub.publish(participant, stream, first, 0);
    for (let sequence = 1; sequence < 10; sequence += 1) {
      clock.advance(1000);
      const capturedAtUs = clock.wallUs();
      hub.publish(participant, stream, makeFrame({ kind: 'screen', sequence, capturedAtUs }), 0);
      hub.tick();
    }
    expect([stream.state, stream.newest]).toEqual(['on', first]);
    expect(stream.stats.figures()).toMatchObject({ frames: 10, unchanged: 9 });
  });

  it('keeps no sound', () => {
    const { clock, hub, join } = scene();
    const participant = join();
    const stream = hub.openStream(participant, 'audio');
    hub.publish(participant, stream, picture(clock, 0, 'audio'), 0);
    expect(stream.newest).toBeUndefined();
  });

  it('counts connections, and waits for a participant that lost its last one', () => {
    const { clock, hub, join } = scene();
    const { told, ...subscriber } = watcher();
    hub.subscribe(subscriber);
    const participant = join('kiosk', 'session-1');
    expect(join('kiosk', 'session-1')).toBe(participant);
    hub.exit(participant, false, 'lost');
    clock.advance(60_000);
    expect(participant.away).toBe(false);
    hub.exit(participant, false, 'lost');
    expect(participant.away).toBe(true);
    clock.advance(4999);
    expect(join('kiosk', 'session-1')).toBe(participant);
    clock.advance(60_000);
    expect(told).toEqual(['joined kiosk']);
    hub.exit(participant, false, 'lost again');
    clock.advance(5000);
    expect(told).toEqual(['joined kiosk', 'left kiosk: lost again']);
    expect(join('kiosk', 'session-1').number).toBe(2);
  });

  it('waits for as many as a listener has connections, and lets go of who is away longest', () => {
    const { clock, hub, join } = scene({ connections: 3 });
    const { told, ...subscriber } = watcher();
    for (const name of ['one', 'two', 'three', 'four']) hub.exit(join(name), false, 'lost');
    expect([...hub.participants].map(({ name }) => name)).toEqual(['two', 'three', 'four']);
    hub.subscribe(subscriber);
    join('two');
    hub.exit(join('five'), false, 'lost');
    expect(told).toEqual(['joined five']);
    hub.exit(join('six'), false, 'lost');
    expect(told.slice(1)).toEqual(['joined six', 'left three: too many others are away']);
    clock.advance(5000);
    expect([...hub.participants].map(({ name }) => name)).toEqual(['two']);
    expect(clock.pending).toBe(0);
  });

  it('finds a free name within its sizes, however many have the same one', () => {
    const { hub, join } = scene();
    const names = new Set<string>();
    for (let count = 0; count < 120; count += 1) {
      names.add(join('x'.repeat(32), `session-${count}`).name);
    }
    expect(names.size).toBe(120);
    for (const name of names) expect(name.length).toBe(32);
    expect(names).toContain(`${'x'.repeat(28)}-120`);
    hub.close('done');
  });

  it('lets everyone leave once when it closes, also those who are away, and leaves no timer', () => {
    const { clock, hub, join } = scene();
    const { told, ...subscriber } = watcher();
    hub.subscribe(subscriber);
    join('here');
    hub.exit(join('away'), false, 'lost');
    hub.close('the end');
    hub.close('the end');
    expect(told.slice(2)).toEqual(['left here: the end', 'left away: the end']);
    expect([...hub.participants]).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
