/**
 * The microphone by pw-record. Its two programs are scripts that answer as those of PipeWire 0.3.65 do,
 * so that no session manager has to run beside the tests.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { pwRecordBackend } from '../../../src/capture/sound/pw-record.js';
import type { CaptureContext } from '../../../src/capture/source.js';
import { rejectionOf } from '../rejection.js';
import { KeepingSink, contextWith, openSound } from './sound-bench.js';

const node = (mediaClass: string, name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  id: 36,
  type: 'PipeWire:Interface:Node',
  info: { props: { 'media.class': mediaClass, 'node.name': name, ...more } },
});
const DUMP = [
  { id: 0, type: 'PipeWire:Interface:Core', info: { props: { 'core.name': 'pipewire-0' } } },
  node('Audio/Sink', 'spk', { 'audio.position': '[FL FR]' }),
  node('Audio/Source', 'usb_mic', { 'node.description': 'Headset', 'audio.position': 'MONO' }),
  node('Stream/Output/Audio', 'firefox'),
  node('Video/Source', 'camera'),
];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-pw-record-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function script(name: string, body: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o700);
  return path;
}

/** pw-record writes its arguments to a file, then 20 ms of one channel until it is ended. */
async function context(dump: unknown = DUMP): Promise<CaptureContext> {
  await writeFile(join(folder, 'dump.json'), JSON.stringify(dump));
  return contextWith(process.env, {
    'pw-dump': await script('pw-dump', `cat '${folder}/dump.json'`),
    'pw-record': await script(
      'pw-record',
      `printf '%s\\n' "$@" > '${folder}/args'\nwhile head -c 1920 /dev/zero; do sleep 0.02; done`,
    ),
  });
}

async function argsOf(device?: string): Promise<string[]> {
  const sink = new KeepingSink();
  const source = await openSound(pwRecordBackend, await context(), device, sink);
  await source.close();
  expect(sink.captured[0]?.payload.length).toBe(
    source.format.codec === 'pcm-s16le' ? 960 * 2 * source.format.channels : 0,
  );
  return (await readFile(join(folder, 'args'), 'utf8')).trim().split('\n');
}

describe('pw-record', () => {
  it('lists microphones first, then what sinks play, and no stream or camera', async () => {
    expect(await pwRecordBackend.unavailable(await context())).toBeUndefined();
    expect(await pwRecordBackend.devices(await context())).toEqual([
      { name: 'usb_mic', label: 'Headset' },
      { name: 'spk.monitor', label: 'Monitor of spk' },
    ]);
  });

  it('records the first microphone bare to its output, and follows to no other', async () => {
    const args = await argsOf();
    expect(args).toContain('--target=usb_mic');
    expect(args).toContain('--properties={"node.dont-reconnect":true}');
    expect(args).toContain('--channels=1');
    expect(args.at(-1)).toBe('-');
  });

  it('records what a sink plays, as its monitor', async () => {
    const args = await argsOf('spk.monitor');
    expect(args).toContain('--target=spk');
    expect(args).toContain('--properties={"node.dont-reconnect":true,"stream.capture.sink":true}');
    expect(args).toContain('--channels=2');
  });

  it.each([
    { what: 'a name that is not there', device: 'nope', said: 'it has usb_mic, spk.monitor' },
    { what: 'an option', device: '--target=0', said: 'is not valid' },
  ])('refuses $what with words', async ({ device, said }) => {
    const opening = openSound(pwRecordBackend, await context(), device, new KeepingSink());
    const fault = await rejectionOf(opening);
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message).toContain(said);
  });

  it('says that no PipeWire answers, and what starts it', async () => {
    const silent = contextWith(process.env, {
      'pw-dump': await script('pw-dump', `echo "can't connect: Host is down" >&2; exit 255`),
      'pw-record': await script('pw-record', 'exit 1'),
    });
    const reason = await pwRecordBackend.unavailable(silent);
    expect(reason?.code).toBe('MEET_DEVICE_NONE');
    expect(reason?.message).toMatch(/Host is down.*systemctl --user start pipewire/);
    expect(await pwRecordBackend.devices(silent)).toEqual([]);
  });

  it.each([
    ['nothing', []],
    ['no JSON list', { ids: 1 }],
  ])('says so when PipeWire has %s', async (_, dump) => {
    const reason = await pwRecordBackend.unavailable(await context(dump));
    expect(reason?.message).toContain('PipeWire has no source to record from');
  });
});
