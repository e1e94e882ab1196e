import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMAS } from '../../src/cli/event-schema.js';
import { ERROR_CODES } from '../../src/transport/errors.js';
import { LIMIT_NAMES, LIMIT_TABLE } from '../../src/transport/limits.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { wireSamples, wireSound } from '../setup/wire.js';
import { passed, publisher, slowViewer } from './relay-scene.js';

const DOCUMENT = readFileSync(new URL('../../docs/limits.md', import.meta.url), 'utf8');
const CHUNKS = 60;

/** Frames that a viewer of sound did not get, who acknowledges nothing, with that much room for it. */
async function unsentWith(soundMs: number): Promise<number> {
  const daemon = await RunningDaemon.start({ limits: { 'outbox-sound-ms': soundMs } });
  const format = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 1 };
  const speaker = await publisher(daemon, { kind: 'audio', hello: { format } });
  const listener = await slowViewer(daemon, { kind: 'audio' });
  for (let sequence = 0; sequence < CHUNKS; sequence += 1) {
    speaker.send(wireSound({ sequence }, wireSamples()));
  }
  await passed(speaker, listener);
  return daemon.daemon.stats().process.unsentFrames;
}

describe('limits as the figures show them', () => {
  it('outbox-sound-ms: a chunk of 20 ms more waits for each 20 ms of it, the rest is counted', async () => {
    const few = await unsentWith(40);
    expect(few).toBeGreaterThan(CHUNKS / 3);
    expect(few - (await unsentWith(400))).toBe(18);
  });

  it('pings-unanswered: a peer that answers none is gone, and counted by its code', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'ping-ms': 50, 'pings-unanswered': 2 } });
    const silent = await publisher(daemon);
    await silent.closed;
    await daemon.event('error', ({ code }) => code === 'MEET_PEER_GONE');
    expect(daemon.daemon.stats().process).toMatchObject({
      away: 1,
      faults: { MEET_PEER_GONE: 1 },
    });
  });

  it('chat-per-minute: what was too much is counted, though nobody is closed', async () => {
    const daemon = await RunningDaemon.start({ limits: { 'chat-per-minute': 2 } });
    const talker = await publisher(daemon);
    for (const text of ['one', 'two', 'three', 'four']) talker.sendControl({ type: 'chat', text });
    await passed(talker);
    expect(daemon.daemon.stats().process.faults).toEqual({ MEET_CHAT_TOO_MUCH: 2 });
  });
});

describe('docs/limits.md', () => {
  const rows = DOCUMENT.slice(DOCUMENT.indexOf('## Where each is tried'))
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .map(([, name = '', value = '', code = '', seen = '', file = '']) => ({
      ...{ name, value, code, seen, file },
    }));

  it('has a row for every limit', () => {
    expect(rows.map(({ name }) => name)).toEqual(LIMIT_NAMES);
  });

  it.each(rows)('tells default, code and figure of $name', async ({ name, value, code, seen }) => {
    const limit = LIMIT_NAMES.find((each) => each === name);
    expect(limit === undefined ? undefined : LIMIT_TABLE[limit].default).toBe(numberOf(value));
    if (code !== '') expect(Object.keys(ERROR_CODES)).toContain(code);
    const figures = (await RunningDaemon.start()).daemon.stats().process;
    if (!seen.endsWith(' event')) expect(Object.keys(figures)).toContain(seen);
    else expect(Object.keys(EVENT_SCHEMAS)).toContain(seen.slice(0, -' event'.length));
  });

  it.each(rows)('is right that $file tries $name', ({ name, file }) => {
    const path = new URL(`../../${file}`, import.meta.url);
    expect(existsSync(path)).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`['{ ]${name}['=:]`));
  });

  it('names in its promises no limit and no code that there is not', () => {
    const words = [...DOCUMENT.matchAll(/`([a-z]+(?:-[a-z]+)+)`|`(MEET_[A-Z_]+)`/g)];
    const known: readonly string[] = [...LIMIT_NAMES, ...Object.keys(ERROR_CODES)];
    expect(
      words.map(([, limit, code]) => limit ?? code ?? '').filter((word) => !known.includes(word)),
    ).toEqual([]);
  });
});

const UNITS = { '': 1, ms: 1, s: 1000, KiB: 1024, MiB: 1024 * 1024 } as const;

/** `16 MiB`, `5 s`, `32` as LIMIT_TABLE has it. */
function numberOf(text: string): number {
  const [number = '', unit = ''] = text.split(' ');
  const known = Object.entries(UNITS).find(([name]) => name === unit);
  return Number(number) * (known?.[1] ?? NaN);
}
