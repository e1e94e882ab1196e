import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sinePcm, wavFile } from '../capture/sound/wav.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import type { PulseServer } from '../setup/pulse-server.js';
import { startPulseServer } from '../setup/pulse-server.js';
import type { Pcm } from '../setup/tone.js';
import { loudestFrequencyHz, rmsOf } from '../setup/tone.js';
import { heardFrom, portion } from './heard.js';
import { Meeting } from './meeting.js';

const MICROPHONE_HZ = 440;
const FILE_HZ = 1000;
/** A tone's share of all that is heard. */
const ALONE = 0.9;
const SILENCE = 0.001;

let meeting: Meeting;
let server: PulseServer;
const programs: MeetProgram[] = [];
beforeEach(async () => {
  [meeting, server] = await Promise.all([Meeting.open(), startPulseServer()]);
});
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program[Symbol.asyncDispose]()));
  await meeting[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** A program that finds the test's sound server; it plays into `spk`. */
function start(...args: string[]): MeetProgram {
  const { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH } = server.env;
  const pulse = { PULSE_SERVER, PULSE_RUNTIME_PATH, PULSE_STATE_PATH, PULSE_SINK: 'spk' };
  const env = quietEnv({ XDG_RUNTIME_DIR: meeting.cwd, ...pulse });
  const program = startMeet(args, { cwd: meeting.cwd, env });
  programs.push(program);
  return program;
}

/** Resolves when the speakers play what is wished. */
function hears(what: string, wished: (heard: Pcm) => boolean): Promise<Pcm> {
  return heardFrom(server, what, wished, [MICROPHONE_HZ, FILE_HZ]);
}

describe.skipIf(needs('pulseaudio'))('sound from one null sink to another', () => {
  it('comes out as it went in, mixed with others, and is silent when it is muted', async () => {
    const { ports } = await meeting.serve();
    const where = ['--ports', portsText(ports)];
    start('watch', '--plain', '--output', 'pacat', ...where);
    await server.playTone(MICROPHONE_HZ);
    start('share', '--audio', 'mic.monitor', '--name', 'ada', ...where);
    // Where the machine stands still for a moment, what is heard has gaps: it is listened to again.
    const alone = await hears(
      'the tone alone, as high as it was',
      (heard) =>
        rmsOf(heard) > 0.05 &&
        portion(heard, MICROPHONE_HZ) > ALONE &&
        Math.abs(loudestFrequencyHz(heard) - MICROPHONE_HZ) < 4,
    );
    expect(portion(alone, FILE_HZ)).toBeLessThan(0.05);

    const samples = sinePcm(FILE_HZ, 1000, { amplitude: 0.4 });
    await writeFile(join(meeting.cwd, 'tone.wav'), wavFile({ samples }));
    start('share', '--audio', `file:${join(meeting.cwd, 'tone.wav')}`, '--name', 'bob', ...where);
    await hears(
      'both tones',
      (heard) =>
        portion(heard, MICROPHONE_HZ) > 0.25 &&
        portion(heard, FILE_HZ) > 0.25 &&
        portion(heard, MICROPHONE_HZ) + portion(heard, FILE_HZ) > ALONE,
    );

    await meeting.ctl('mute', 'ada');
    await hears('bob alone', (heard) => portion(heard, FILE_HZ) > ALONE);
    await meeting.ctl('mute', 'bob');
    await hears('nothing', (heard) => rmsOf(heard) < SILENCE);
    await meeting.ctl('unmute', 'ada');
    await hears('ada alone', (heard) => portion(heard, MICROPHONE_HZ) > ALONE);
  });
});

describe.skipIf(needs('pulseaudio'))('a tone of 44.1 kHz in stereo', () => {
  it('is heard until its sharer or the host mutes it, and again after the sound server was away', async () => {
    const { ports } = await meeting.serve();
    const where = ['--ports', portsText(ports)];
    start('watch', '--plain', '--output', 'pacat', ...where);
    const samples = sinePcm(FILE_HZ, 1000, { amplitude: 0.4, sampleRateHz: 44_100, channels: 2 });
    const file = join(meeting.cwd, 'tone.wav');
    await writeFile(file, wavFile({ samples, sampleRateHz: 44_100, channels: 2 }));
    start('share', '--audio', `file:${file}`, '--name', 'bob', ...where);
    const isTone = (heard: Pcm): boolean => portion(heard, FILE_HZ) > ALONE;
    const isSilence = (heard: Pcm): boolean => rmsOf(heard) < SILENCE;
    await hears('the tone', isTone);
    await meeting.ctl('mute');
    await hears('nothing, muted by its sharer', isSilence);
    await meeting.ctl('mute', 'bob');
    await meeting.ctl('unmute');
    await hears('nothing, muted by the host', isSilence);
    await meeting.ctl('unmute', 'bob');
    await hears('the tone again', isTone);
    await server.kill();
    await server.revive();
    await hears('the tone after the server came back', isTone);
  });
});

describe.skipIf(needs('pulseaudio'))('a participant of a meeting', () => {
  it('does not hear itself, but the others', async () => {
    const { ports } = await meeting.serve();
    const where = ['--ports', portsText(ports)];
    await server.playTone(MICROPHONE_HZ);
    start('join', '--audio', 'mic.monitor', '--name', 'ada', '--output', 'pacat', ...where);
    const samples = sinePcm(FILE_HZ, 1000, { amplitude: 0.4 });
    await writeFile(join(meeting.cwd, 'tone.wav'), wavFile({ samples }));
    start('share', '--audio', `file:${join(meeting.cwd, 'tone.wav')}`, '--name', 'bob', ...where);
    const heard = await hears('bob', (pcm) => portion(pcm, FILE_HZ) > ALONE);
    expect(portion(heard, MICROPHONE_HZ)).toBeLessThan(0.02);
  });
});
