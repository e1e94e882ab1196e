import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ControlRecord } from '../../src/transport/control.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { runMeet } from '../setup/meet-program.js';
import { startNativeServer, welcomeRecord } from '../setup/native-server.js';
import { WireServer, wireGreeting } from '../setup/wire-server.js';
import { wireControl, wireJpeg, wirePicture, wirePreamble, wireRecord } from '../setup/wire.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

const RAW = /[^\P{C}\n]/u;
/** Sets a terminal's title, its colour, and turns the rest of the line around. */
const HARM = 'kind\u001b]0;title\u0007\u001b[31m\u009b\u202e words\r\n';

const PICTURE = { type: 1, codec: 1, flags: 1, source: 2 };

const STREAM = {
  kind: 'screen',
  self: 'stalled',
  selfSinceUs: Number.MAX_SAFE_INTEGER,
  host: 'on',
  hostSinceUs: 0,
  clockOffsetUs: Number.MIN_SAFE_INTEGER,
};

const ENTRY = {
  participant: 7,
  name: 'kind',
  origin: 'native',
  away: false,
  watching: false,
  hand: true,
  streams: [STREAM],
};

/** Twelve thousand participants, and more to come. */
function endlessRoster(): Buffer {
  const participants = Array.from({ length: 200 }, (_, at) => ({
    ...ENTRY,
    participant: at + 1,
    streams: [],
  }));
  const record = wireControl({ type: 'roster', participants, more: true });
  return Buffer.concat(Array.from({ length: 60 }, () => record));
}

function idOf(record: Buffer): number {
  return z.object({ id: z.number() }).parse(JSON.parse(record.toString())).id;
}

describe('a daemon that means harm', () => {
  let folder: Scratch;

  beforeAll(async () => {
    folder = await scratch();
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  async function shareWith(answer: ControlRecord): Promise<MeetEnd> {
    await using server = await startNativeServer('audio', {
      onControl: (record, channel) => {
        if (record.type === 'hello') channel.sendControl(answer);
      },
    });
    const args = ['share', '--audio', 'test', '--ports', `1,2,${server.port}`];
    return await runMeet([...args, '--duration', '0.2'], { cwd: folder.path });
  }

  it('gives a name and a room, of which nothing raw is printed', async () => {
    const end = await shareWith({ ...welcomeRecord(), name: HARM, room: HARM });
    expect(end.exitCode).toBe(0);
    expect(end.stdout).toContain('kind');
    expect(end.stdout).not.toMatch(RAW);
    expect(end.stderr).toBe('');
  });

  it('refuses with words, of which nothing raw is printed', async () => {
    const end = await shareWith({ type: 'refused', code: 'MEET_NOT_ADMITTED', message: HARM });
    expect(end.exitCode).toBe(77);
    expect(end.stderr).toContain('kind');
    expect(end.stderr).not.toMatch(RAW);
    expect(end.stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('a daemon that means harm to those who watch', () => {
  let folder: Scratch;

  beforeAll(async () => {
    folder = await scratch();
  });

  afterAll(() => folder[Symbol.asyncDispose]());

  /** `meet` with three ports that say `greeting`, the first of them `words` after the handshake. */
  async function meet(
    args: readonly string[],
    words: Buffer,
    greeting = wireGreeting(),
  ): Promise<MeetEnd> {
    const servers = await Promise.all(
      [1, 2, 3].map(() => WireServer.listen({ greeting: () => greeting })),
    );
    const [first] = servers;
    // A client's second record, its ping, comes when it has taken the welcome.
    void first?.records.several(2).then(() => first.sockets[0]?.write(words));
    const ports = servers.map(({ port }) => port).join(',');
    const where = ['--host', '127.0.0.1', '--ports', ports];
    return await runMeet([...args, ...where], { cwd: folder.path });
  }

  const WATCH = ['watch', '--plain', '--no-play', '--duration', '2'];
  const SHARE = ['share', '--screen', 'test', '--audio', 'test', '--duration', '1'];

  it.each([
    ['watch', WATCH],
    ['join', ['join', '--screen', 'test', ...WATCH.slice(1)]],
    ['status', ['status']],
  ])('by names, reasons and chat gets nothing raw through meet %s', async (_, args) => {
    const entry = { ...ENTRY, name: HARM, streams: [{ ...STREAM, reason: HARM }] };
    const roster = wireControl({ type: 'roster', participants: [entry, entry] });
    const chat = wireControl({
      type: 'chat',
      name: HARM,
      text: HARM,
      atUs: Number.MAX_SAFE_INTEGER,
    });
    const error = wireControl({ type: 'error', code: HARM, message: HARM });
    const greeting = wireGreeting({ roster: [entry] });
    const end = await meet(args, Buffer.concat([roster, chat, error]), greeting);
    expect(end.exitCode).toBe(0);
    expect(end.stdout).toContain('kind');
    expect(end.stdout).not.toMatch(RAW);
    expect(end.stderr).not.toMatch(RAW);
  });

  it('by telling a host who waits, in a way that nobody can read, ends nothing', async () => {
    const greeting = wireGreeting({ role: 'host' });
    const servers = await Promise.all(
      [1, 2, 3].map(() => WireServer.listen({ greeting: () => greeting })),
    );
    const asked = servers.map(async ({ records, sockets }) => {
      const query = await records.first(({ payload }) => payload.includes('"query"'));
      const data = { waiting: [HARM, 7] };
      const done = { type: 'done', id: idOf(query.payload), ok: true, data };
      sockets[0]?.write(wireControl(done));
    });
    const ports = servers.map(({ port }) => port).join(',');
    const run = runMeet([...WATCH, '--host', '127.0.0.1', '--ports', ports], { cwd: folder.path });
    await Promise.race(asked);
    expect(await run).toMatchObject({ exitCode: 0, stderr: '' });
  });

  it.each([
    ['a control record beyond the limit', wireRecord({ payloadBytes: 65_537 }), 76],
    ['a picture of 65535 by 65535', wirePicture({ source: 2 }, wireJpeg(65_535, 65_535)), 1],
    ['a picture beyond the limit', wireRecord({ ...PICTURE, payloadBytes: 16_777_217 }), 76],
    ['a roster without an end', endlessRoster(), 76],
    ['a record of an unknown kind', wireRecord({ type: 9 }), 76],
  ])('by %s ends meet watch with a code', async (_, words, exitCode) => {
    const end = await meet(WATCH, words);
    expect(end.exitCode).toBe(exitCode);
    expect(end.stderr).toMatch(/\(MEET_[A-Z_]+\)/);
    expect(end.stderr).not.toContain('MEET_INTERNAL');
  });

  it.each([
    ['watch', WATCH],
    ['share', SHARE],
    ['status', ['status']],
  ])('by a welcome that never ends is given up by meet %s', async (_, args) => {
    const begun = Buffer.concat([wirePreamble('screen'), wireRecord({ payloadBytes: 60_000 })]);
    const end = await meet(args, Buffer.alloc(0), begun);
    expect(end.exitCode).toBe(76);
    expect(end.stderr).toContain('MEET_PROTOCOL');
    expect(end.tookMs).toBeLessThan(20_000);
  });

  it('by toggling what is wanted, by media, by acknowledgements of what was never sent, and by numbers of its own stops no share', async () => {
    const toggles = Array.from({ length: 2000 }, (_, at) => [
      wireControl({ type: 'want', wanted: at % 2 === 0 }),
      wireControl({ type: 'held', held: at % 2 === 0, atUs: at }),
      wireControl({ type: 'ack', sequence: 0xffff_ffff - at }),
      wireControl({ type: 'pong', id: at, sentAtUs: 0, receivedAtUs: 9e15, answeredAtUs: 0 }),
    ]).flat();
    const want = wireControl({ type: 'want', wanted: true });
    const held = wireControl({ type: 'held', held: false, atUs: 1 });
    const words = Buffer.concat([...toggles, want, held]);
    const limits = { payloadBytes: 1, controlBytes: 1 };
    const end = await meet(SHARE, words, wireGreeting({ acks: true, limits, pingMs: 0 }));
    expect(end.stderr).toBe('');
    expect(end.exitCode).toBe(0);
  });

  it('by naming a new stream with each frame is watched all the same', async () => {
    const pictures = Array.from({ length: 5000 }, (_, at) =>
      wirePicture({ source: 10 + at, sequence: (at * 0x7fff_ffff) % 0xffff_ffff }, wireJpeg()),
    );
    const end = await meet(WATCH, Buffer.concat(pictures));
    expect(end.exitCode).toBe(0);
  });
});
