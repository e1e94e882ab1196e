import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOutput } from '../../src/playback/open-output.js';
import type { OutputName } from '../../src/playback/output.js';
import { SoundRoom } from '../../src/playback/sound-room.js';
import type { Environment } from '../../src/playback/sound-server.js';
import { systemClock } from '../../src/transport/clock.js';
import { ownChildren } from '../capture/sound/own-children.js';
import { needs } from '../setup/programs.js';
import type { PulseServer } from '../setup/pulse-server.js';
import { startPulseServer } from '../setup/pulse-server.js';
import type { Pcm } from '../setup/tone.js';
import { loudestFrequencyHz, rmsOf } from '../setup/tone.js';
import { recordSink, shareOfTone, sounds, speak } from './speakers.js';

interface RoomOptions {
  readonly env: Environment;
  readonly choice?: OutputName;
  readonly device?: string;
}

/** A room that really plays, and what it says; `noticed` resolves with the first fitting words. */
function playingRoom(options: RoomOptions) {
  const notices: string[] = [];
  const waiting = new Set<() => void>();
  const room = new SoundRoom({
    clock: systemClock,
    output: (pull) =>
      openOutput({
        ...{ clock: systemClock, pull, ...options },
        onNotice(words) {
          notices.push(words);
          for (const look of waiting) look();
        },
      }),
  });
  const noticed = (fitting: RegExp, from = 0) =>
    new Promise<string>((resolve) => {
      const look = (): void => {
        const words = notices.slice(from).find((notice) => fitting.test(notice));
        if (words === undefined) return;
        waiting.delete(look);
        resolve(words);
      };
      waiting.add(look);
      look();
    });
  return { room, notices, noticed, [Symbol.asyncDispose]: () => room.close() };
}

function toSpeaker(server: PulseServer): RoomOptions {
  return { env: server.env, choice: 'pacat', device: 'spk' };
}

const isSilent = (heard: Pcm): boolean => rmsOf(heard) < 0.001;

describe.skipIf(needs('pulseaudio'))('sound to a sound server', () => {
  it('plays what a participant says at its pitch and loudness', async () => {
    await using server = await startPulseServer();
    await using recorder = recordSink(server);
    await using playing = playingRoom(toSpeaker(server));
    const stop = speak(playing.room, 1, { frequencyHz: 440 });
    // A busy machine breaks a tone here and there, and such a piece has no clear pitch: one must.
    await recorder.until(
      (heard) =>
        Math.abs(loudestFrequencyHz(heard) - 440) < 1.5 &&
        Math.abs(rmsOf(heard) - 0.25 / Math.SQRT2) < 0.01,
      400,
    );
    stop();
    expect(playing.room.output.name).toBe('pacat');
  });

  it('plays two participants at once, and neither when both are muted', async () => {
    await using server = await startPulseServer();
    await using recorder = recordSink(server);
    await using playing = playingRoom(toSpeaker(server));
    const { room } = playing;
    const stops = [
      speak(room, 1, { frequencyHz: 440 }),
      speak(room, 2, { frequencyHz: 1000, sampleRateHz: 44_100, channels: 2 }),
    ];
    const hasBoth = (heard: Pcm) =>
      shareOfTone(heard, 440) > 0.15 && shareOfTone(heard, 1000) > 0.15;
    await recorder.until(hasBoth);
    room.setMuted(1, true);
    await recorder.until((heard) => shareOfTone(heard, 440) < 0.001 && sounds(heard, 1000));
    room.setMuted(2, true);
    await recorder.until(isSilent);
    expect(rmsOf(await recorder.record(500))).toBeLessThan(0.001);
    expect(room.level(1).speaking).toBe(true);
    room.setMuted(1, false);
    await recorder.until((heard) => sounds(heard, 440));
    for (const stop of stops) stop();
  });

  it('comes back when its program is killed, and says both', async () => {
    await using server = await startPulseServer();
    await using recorder = recordSink(server);
    await using playing = playingRoom(toSpeaker(server));
    const stop = speak(playing.room, 1, { frequencyHz: 440 });
    await recorder.until((heard) => sounds(heard, 440));
    for (const { pid } of await ownChildren('pacat --playback')) process.kill(pid, 'SIGKILL');
    await playing.noticed(/^sound stopped: pacat ended with SIGKILL/);
    await recorder.until(isSilent);
    await playing.noticed(/^sound is played by pacat/, 2);
    await recorder.until((heard) => sounds(heard, 440));
    stop();
  });

  it('goes through ALSA, too', async () => {
    await using server = await startPulseServer();
    await server.pactl('set-default-sink', 'spk');
    await using recorder = recordSink(server);
    await using playing = playingRoom({ env: server.env, choice: 'aplay', device: 'pulse' });
    const stop = speak(playing.room, 1, { frequencyHz: 440 });
    await recorder.until((heard) => sounds(heard, 440));
    stop();
    expect(playing.notices).toEqual(['sound is played by aplay']);
  });

  it('leaves no program behind when it is closed', async () => {
    await using server = await startPulseServer();
    await using playing = playingRoom(toSpeaker(server));
    await playing.noticed(/pacat/);
    await playing.room.close();
    expect(await ownChildren('pacat --playback')).toEqual([]);
  });
});

describe('without a sound server', () => {
  it('goes on without sound, and says why in one line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-silent-'));
    const env = { ...process.env, XDG_RUNTIME_DIR: folder, PULSE_SERVER: `unix:${folder}/none` };
    await using playing = playingRoom({ env, choice: 'pacat' });
    const stop = speak(playing.room, 1, { frequencyHz: 440 });
    const words = await playing.noticed(/./);
    expect(words).toMatch(/^sound is not played here, no output works \(pacat: .+\)$/);
    await new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (!playing.room.level(1).speaking) return;
        clearInterval(look);
        resolve();
      }, 20);
    });
    stop();
    expect(playing.room.output.name).toBe('null');
    expect(playing.notices).toHaveLength(1);
    await rm(folder, { recursive: true });
  });

  it('is not hurt by a speaker program that aborts', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-abort-'));
    const program = join(folder, 'aborting');
    await writeFile(program, '#!/bin/sh\necho "no device" >&2\nkill -ABRT $$\n');
    await chmod(program, 0o700);
    const said: string[] = [];
    const told = new Promise<void>((resolve) => {
      const output = openOutput({
        ...{ clock: systemClock, pull: (block) => block.fill(0), choice: 'speaker' },
        env: process.env,
        backends: [
          {
            ...{ name: 'speaker', program, args: () => [], deviceNames: /^$/ },
            ...{ read: () => undefined, silent: false, deviceMs: 0, pulseLatencyMs: 20 },
          },
        ],
        onNotice(words) {
          said.push(words);
          void output.close().then(resolve);
        },
      });
    });
    await told;
    expect(said).toEqual([
      'sound is not played here, no output works (speaker: speaker ended with SIGABRT, no device)',
    ]);
    await rm(folder, { recursive: true });
  });

  it('is not hurt by the speaker package being absent or unable to load', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'meet-no-speaker-'));
    const env = { ...process.env, XDG_RUNTIME_DIR: folder, HOME: folder };
    await using playing = playingRoom({ env, choice: 'speaker' });
    const words = await playing.noticed(/./);
    expect(words).toMatch(/speaker ended with (exit code 1, [^,{}]+|SIGABRT.*)\)$/);
    expect(playing.room.output.name).toBe('null');
    await rm(folder, { recursive: true });
  });

  it('plays to nothing where that is what was chosen', async () => {
    await using playing = playingRoom({ env: process.env, choice: 'null' });
    expect(await playing.noticed(/./)).toBe('sound is not played here: the output is "null"');
  });
});

describe('the name of an output device', () => {
  it.each(['-x', "file:'|touch /tmp/x'", 'tee:hw', '', 'a b'])('is refused: %j', (device) => {
    for (const choice of ['pacat', 'aplay', 'auto'] as const) {
      const open = () =>
        openOutput({
          ...{ clock: systemClock, pull: () => undefined, choice, device, env: {} },
          onNotice: () => undefined,
        });
      if (choice === 'aplay' || device !== 'tee:hw') expect(open).toThrow(/is (not a|no) name/);
    }
  });
});
