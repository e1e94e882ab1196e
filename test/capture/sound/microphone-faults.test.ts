/** What microphones do when something is missing, hostile, silent or dies. Real programs throughout. */
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arecordBackend } from '../../../src/capture/sound/arecord.js';
import { soundBackends } from '../../../src/capture/sound/sound-backends.js';
import { parecBackend } from '../../../src/capture/sound/parec.js';
import type { Backend } from '../../../src/capture/source.js';
import { needs } from '../../setup/programs.js';
import type { PulseServer } from '../../setup/pulse-server.js';
import { startPulseServer } from '../../setup/pulse-server.js';
import { rejectionOf } from '../rejection.js';
import { ownChildren } from './own-children.js';
import { KeepingSink, contextWith, openSound } from './sound-bench.js';

/** Programs by the backend's name. */
const ALL = soundBackends.map((backend) => ({ backend, program: backend.name }));
/** Those that PulseAudio and ALSA answer; pw-record.test.ts has the other. */
const PROGRAMS = ALL.filter(({ program }) => program !== 'pw-record');
const ANSWER_MS = 2000;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-mic-faults-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** No server, no card: what a machine without sound looks like. */
function soundless(): PulseServer['env'] {
  return {
    ...process.env,
    PULSE_SERVER: undefined,
    ALSA_CONFIG_PATH: undefined,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    XDG_CONFIG_HOME: folder,
  };
}

describe.each(ALL)('$program that is missing', ({ backend, program }) => {
  it('is a coded fault that names the package', async () => {
    const context = contextWith(soundless(), { [program]: undefined });
    const fault = await rejectionOf(openSound(backend, context, 'default', new KeepingSink()));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toMatch(/install/);
    expect(await backend.unavailable(context)).toMatchObject({ code: 'MEET_PROGRAM_MISSING' });
    expect(await backend.devices(context)).toEqual([]);
  });
});

describe.skipIf(needs('pulseaudio', 'sox', 'alsa', 'ffmpeg'))('on a machine without sound', () => {
  it.each(PROGRAMS)('$program says so within 2 s, before and while it opens', async (row) => {
    const context = contextWith(soundless());
    const startedMs = performance.now();
    const reason = await row.backend.unavailable(context);
    expect(reason?.code).toBe('MEET_DEVICE_NONE');
    expect(reason?.message).toMatch(/start PulseAudio|plug in/);
    const sink = new KeepingSink();
    const fault = await rejectionOf(openSound(row.backend, context, undefined, sink));
    expect(fault.code).toBe('MEET_DEVICE_NONE');
    expect(await row.backend.devices(context)).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(2 * ANSWER_MS);
    expect(sink.faults).toEqual([]);
  });

  it('no sound server is started', async () => {
    await rejectionOf(
      openSound(parecBackend, contextWith(soundless()), undefined, new KeepingSink()),
    );
    expect(await readdir(folder)).not.toContain('pulse');
  });

  it.each(['hw:7', 'plughw:7,0'])(
    'arecord refuses the card %s that is not there',
    async (device) => {
      const arecord = arecordBackend;
      const fault = await rejectionOf(
        openSound(arecord, contextWith(soundless()), device, new KeepingSink()),
      );
      expect(fault.code).toBe('MEET_DEVICE_NAME');
      expect(fault.message).toContain('arecord -l');
    },
  );
});

describe.skipIf(needs('pulseaudio', 'sox', 'alsa', 'ffmpeg'))('with a sound server', () => {
  let server: PulseServer;

  beforeAll(async () => {
    server = await startPulseServer();
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  const withPulse = PROGRAMS.filter(({ program }) => program !== 'arecord');

  it.each(withPulse)(
    '$program names the sources there are when one is not',
    async ({ backend }) => {
      const opening = openSound(
        backend,
        contextWith(server.env),
        'nope.monitor',
        new KeepingSink(),
      );
      const fault = await rejectionOf(opening);
      expect(fault.code).toBe('MEET_DEVICE_NAME');
      expect(fault.message).toContain('mic.monitor');
    },
  );

  it.each(withPulse)('$program lists sources with words for people', async ({ backend }) => {
    const context = contextWith(server.env);
    expect(await backend.unavailable(context)).toBeUndefined();
    const devices = await backend.devices(context);
    expect(devices).toContainEqual({ name: 'mic.monitor', label: 'Monitor of Mic' });
    expect(devices).toContainEqual({ name: 'spk.monitor', label: 'Monitor of Speaker' });
  });

  it.each(PROGRAMS)(
    '$program that was uninstalled a moment ago ends no process',
    async ({ backend, program }) => {
      const context = contextWith(server.env, { [program]: join(folder, 'gone', program) });
      const device = program === 'arecord' ? 'default' : 'mic.monitor';
      const opening = openSound(backend, context, device, new KeepingSink());
      expect((await rejectionOf(opening)).code).toBe('MEET_PROGRAM_MISSING');
    },
  );

  it('parec that this user may not run is a coded fault', async () => {
    const path = join(folder, 'parec');
    await writeFile(path, '#!/bin/sh\n');
    await chmod(path, 0o600);
    const context = contextWith(server.env, { parec: path });
    const opening = openSound(parecBackend, context, 'mic.monitor', new KeepingSink());
    expect((await rejectionOf(opening)).message).toContain('chmod +x');
  });

  it('a program that is killed is a fault with its last words, once', async () => {
    const sink = new KeepingSink();
    const source = await openSound(parecBackend, contextWith(server.env), 'mic.monitor', sink);
    const [child] = await ownChildren('--device=mic.monitor');
    process.kill(child?.pid ?? 0, 'SIGKILL');
    const fault = await sink.fault;
    const count = sink.captured.length;
    await Promise.all([source.close(), source.close()]);
    expect(fault.code).toBe('MEET_DEVICE_LOST');
    expect(fault.message).toContain('killed by SIGKILL');
    expect(sink.faults).toHaveLength(1);
    expect(sink.captured).toHaveLength(count);
  });

  it('a source that is unplugged is a fault, and the source that the server puts in its place is not shared', async () => {
    const index = await server.pactl('load-module', 'module-null-sink', 'sink_name=usb');
    const sink = new KeepingSink();
    const source = await openSound(parecBackend, contextWith(server.env), 'usb.monitor', sink);
    await server.pactl('unload-module', index.trim());
    const fault = await sink.fault;
    await source.close();
    expect(fault.code).toBe('MEET_DEVICE_LOST');
    expect(fault.message).toContain('from "usb.monitor" to "');
  });

  it.each(PROGRAMS)(
    '$program that is closed or aborted leaves nothing behind',
    async ({ backend, program }) => {
      const device = program === 'arecord' ? 'default' : 'mic.monitor';
      const context = contextWith(server.env);
      const sink = new KeepingSink();
      const source = await openSound(backend, context, device, sink);
      expect(await ownChildren(context.findProgram(program) ?? '')).toHaveLength(1);
      await source.close();
      const count = sink.captured.length;
      await source.close();
      const abort = new AbortController();
      const opening = openSound(backend, context, device, sink, abort.signal);
      abort.abort();
      expect((await rejectionOf(opening)).code).toBe('MEET_CLOSED');
      expect(await ownChildren(context.findProgram(program) ?? '')).toEqual([]);
      expect(sink.captured).toHaveLength(count);
      expect(sink.faults).toEqual([]);
    },
  );

  it('a source that is suspended is silent: a fault while it opens, and while it runs', async () => {
    const context = contextWith(server.env);
    const sink = new KeepingSink();
    const source = await openSound(parecBackend, context, 'spk.monitor', sink);
    await server.pactl('suspend-sink', 'spk', '1');
    const running = await sink.fault;
    await source.close();
    expect(running.code).toBe('MEET_DEVICE_SILENT');
    const opening = openSound(parecBackend, context, 'spk.monitor', new KeepingSink());
    const fault = await rejectionOf(opening);
    expect(fault.code).toBe('MEET_DEVICE_SILENT');
    expect(fault.message).toContain('3 s');
    expect(await ownChildren('spk.monitor')).toEqual([]);
  });

  it('the package tells DEBUG=record nothing of the environment', async () => {
    const secret = { ...server.env, MEET_SECRET: 'do-not-print' };
    const script = `
      import { parecBackend } from ${JSON.stringify(distOf('parec.js'))};
      import { systemClock } from ${JSON.stringify(distOf('../../transport/clock.js'))};
      const find = (name) => '/usr/bin/' + name;
      const context = { clock: systemClock, env: process.env, platform: 'linux', findProgram: find };
      const sink = { onCapture() {}, onFault() {}, ready: () => true };
      const wish = { kind: 'audio' };
      const request = { context, device: 'mic.monitor', wish, sink, signal: new AbortController().signal };
      await (await parecBackend.open(request)).close();
    `;
    const written = await stderrOf(script, { ...secret, DEBUG: 'record' });
    expect(written).toContain('--device=mic.monitor');
    expect(written).not.toContain('do-not-print');
  });
});

/** A file of the built capture/sound. */
function distOf(name: string): string {
  return new URL(`../../../dist/capture/sound/${name}`, import.meta.url).href;
}

/** Runs a module in a Node of its own; resolves with its standard error. */
function stderrOf(script: string, env: PulseServer['env']): Promise<string> {
  return new Promise((resolve, reject) => {
    const args = ['--input-type=module', '--eval', script];
    execFile(process.execPath, args, { env }, (error, _stdout, stderr) => {
      if (error === null) resolve(stderr);
      else reject(new Error(stderr, { cause: error }));
    });
  });
}

describe.skipIf(needs('pulseaudio', 'sox', 'alsa', 'ffmpeg'))('a hostile name', () => {
  const names = [
    '-d',
    '--device=x',
    '$(touch pwned)',
    '; touch pwned',
    "file:'|touch pwned'",
    'file:FILE=pwned,FORMAT=raw',
    'hw:1;touch pwned',
    'mic.monitor\ntouch',
    'a\0b',
    '`touch pwned`',
    '../../etc/passwd',
    '',
    'x'.repeat(300),
  ];
  const rows = soundBackends.flatMap((backend: Backend) =>
    names.map((name) => ({ backend, name })),
  );

  it('that makes ALSA write a file is refused by arecord', async () => {
    const arecord = arecordBackend;
    const opening = openSound(arecord, contextWith(soundless()), 'tee:pwned', new KeepingSink());
    expect((await rejectionOf(opening)).code).toBe('MEET_DEVICE_NAME');
  });

  it.each(rows)('$name is refused by $backend.name', async ({ backend, name }) => {
    const context = contextWith(soundless());
    const fault = await rejectionOf(openSound(backend, context, name, new KeepingSink()));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message).toContain('is not valid');
    expect(await readdir(folder)).not.toContain('pwned');
    expect(await readdir(process.cwd())).not.toContain('pwned');
  });
});
