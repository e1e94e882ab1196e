/**
 * The doctor's checks: each looks at one thing and says what mends it. Owns the checks; changes
 * nothing on the machine.
 */
import { accessSync, constants, readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, resolve } from 'node:path';

import { installCommand } from '../capture/missing-program.js';
import type { EncoderLoader } from '../capture/pictures/choose-encoder.js';
import { jpegEncoder } from '../capture/pictures/choose-encoder.js';
import type { CaptureContext } from '../capture/source.js';
import { asMeetError, systemErrorCode } from '../transport/errors.js';
import { limitsWith } from '../transport/limits.js';
import { DEFAULT_PORTS, STREAM_KINDS } from '../transport/stream-kind.js';
import type { SurveyedBackend } from './device-survey.js';
import { surveyDevices } from './device-survey.js';
import { portHolder } from './port-holder.js';
import { DEFAULT_RECORDINGS } from './serve-recording.js';

/**
 * missing: something can't be used, the rest works. taken: a port is in use, as it is while a daemon
 * runs. broken: `meet` itself can't work.
 */
export type CheckState = 'ok' | 'missing' | 'taken' | 'broken';

export interface Check {
  readonly check: string;
  readonly state: CheckState;
  readonly message: string;
  /** A command, or a few words, that mend it. */
  readonly mend?: string;
}

const OLDEST_NODE = [20, 19] as const;
/** Programs that backends use, beside which at least one of each kind is wanted. */
const PROGRAMS: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: ['ffmpeg', 'xrandr', 'import', 'fswebcam', 'parec', 'arecord', 'sox'],
  darwin: ['ffmpeg', 'imagesnap', 'sox'],
  win32: ['ffmpeg', 'sox'],
};

/** All checks, in the order in which they are shown. */
export async function runChecks(context: CaptureContext): Promise<Check[]> {
  const survey = await surveyDevices(context);
  return [
    checkNode(process.versions.node),
    await checkEncoder(jpegEncoder),
    ...checkPrograms(context),
    checkDisplay(context),
    checkSoundServer(survey),
    checkCameras(context),
    ...STREAM_KINDS.map((kind) => checkKind(kind, survey)),
    ...(await Promise.all(STREAM_KINDS.map((kind) => checkPort(kind, DEFAULT_PORTS[kind])))),
    await checkDisk(resolve(DEFAULT_RECORDINGS)),
  ];
}

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  const check = 'Node.js';
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) {
    return { check, state: 'ok', message: version };
  }
  const message = `${version} is too old, ${OLDEST_NODE.join('.')} is the oldest that works`;
  return { check, state: 'broken', message, mend: 'install Node.js 22 or later' };
}

/** Without sharp all goes on, but at a few pictures a second, with the event loop busy in between. */
export async function checkEncoder(load: EncoderLoader): Promise<Check> {
  const check = 'JPEG encoder';
  const mend = 'npm install sharp';
  try {
    const { name } = await load();
    if (name === 'sharp') return { check, state: 'ok', message: name };
    const message = 'sharp does not load, jimp takes its place: a few pictures a second';
    return { check, state: 'missing', message, mend };
  } catch (thrown) {
    return { check, state: 'broken', message: asMeetError(thrown).message, mend };
  }
}

function checkPrograms(context: CaptureContext): Check[] {
  const { platform } = context;
  return (PROGRAMS[platform] ?? ['ffmpeg']).map((program) => {
    const path = context.findProgram(program);
    const check = `program ${program}`;
    if (path !== undefined) return { check, state: 'ok', message: path };
    const mend = installCommand(program, platform);
    return { check, state: 'missing', message: 'not found on PATH', mend };
  });
}

function checkDisplay({ env, platform }: CaptureContext): Check {
  const check = 'display';
  if (platform !== 'linux') return { check, state: 'ok', message: `${platform}'s own` };
  const display = env['DISPLAY'] ?? '';
  if (display !== '') return { check, state: 'ok', message: `X11 ${display}` };
  if ((env['WAYLAND_DISPLAY'] ?? '') !== '') {
    const message = 'Wayland only, which cannot be captured';
    return { check, state: 'missing', message, mend: 'log in to an X11 (Xorg) session' };
  }
  const message = 'DISPLAY is not set: this shell has no screen';
  const mend = 'name a display: meet share --screen :0, or start one: Xvfb :99 &';
  return { check, state: 'missing', message, mend };
}

function checkSoundServer(survey: readonly SurveyedBackend[]): Check {
  const parec = survey.find(({ backend, kind }) => kind === 'audio' && backend === 'parec');
  const check = 'sound server';
  if (parec?.usable === true)
    return { check, state: 'ok', message: 'PulseAudio or PipeWire answers' };
  const message = parec?.message ?? 'none is known on this platform';
  return { check, state: 'missing', message, mend: 'pulseaudio --start' };
}

function checkCameras({ platform }: CaptureContext): Check {
  const check = 'camera permission';
  if (platform !== 'linux') return { check, state: 'ok', message: 'asked for at first use' };
  const cameras = listDevices().filter((name) => /^video\d+$/.test(name));
  if (cameras.length === 0) return { check, state: 'ok', message: 'no camera is plugged in' };
  const closed = cameras.filter((name) => !isReadable(`/dev/${name}`));
  if (closed.length === 0) return { check, state: 'ok', message: cameras.join(', ') };
  const message = `this user may not open ${closed.join(', ')}`;
  return {
    check,
    state: 'missing',
    message,
    mend: 'sudo usermod -aG video $USER, then log in again',
  };
}

function checkKind(kind: string, survey: readonly SurveyedBackend[]): Check {
  const check = `${kind} capture`;
  const usable = survey.filter(
    ({ kind: of, backend, devices }) =>
      of === kind && backend !== 'test' && backend !== 'file' && devices.some(isReal),
  );
  if (usable.length > 0) {
    const message = usable.map(({ backend }) => backend).join(', ');
    return { check, state: 'ok', message };
  }
  const message = 'no device was found';
  return { check, state: 'missing', message, mend: `try without: meet share --${kind} test` };
}

/** fswebcam's own test source is a device, but no camera. */
function isReal({ name }: { readonly name: string }): boolean {
  return name !== 'TEST:';
}

/** Whether the daemon could listen there; a port that is taken may well be a running daemon. */
function checkPort(kind: string, port: number): Promise<Check> {
  const check = `${kind} port ${port}`;
  return new Promise((done) => {
    const server = createServer();
    server.once('error', (error) => {
      const taken = systemErrorCode(error) === 'EADDRINUSE';
      const holder = portHolder(port) ?? 'another program';
      const message = taken ? `taken by ${holder}` : error.message;
      done({
        check,
        state: 'taken',
        message,
        mend: 'see whether it is a daemon of yours: meet status; or choose: meet serve --ports 0,0,0',
      });
    });
    server.listen({ host: '127.0.0.1', port }, () => {
      server.close(() => {
        done({ check, state: 'ok', message: 'free' });
      });
    });
  });
}

async function checkDisk(folder: string): Promise<Check> {
  const check = 'disk';
  const least = limitsWith()['disk-free-bytes'];
  try {
    const { bavail, bsize } = await statfs(dirname(folder));
    const freeBytes = bavail * bsize;
    const message = `${(freeBytes / 1e9).toFixed(1)} GB free for ${folder}`;
    if (freeBytes >= 2 * least) return { check, state: 'ok', message };
    return {
      check,
      state: 'missing',
      message,
      mend: 'free some room, or: meet serve --record DIR',
    };
  } catch (thrown) {
    const message = `${folder} cannot be looked at: ${String(thrown)}`;
    return { check, state: 'missing', message, mend: 'meet serve --record DIR' };
  }
}

function listDevices(): string[] {
  try {
    return readdirSync('/dev');
  } catch {
    return [];
  }
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
