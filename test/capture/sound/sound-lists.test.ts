/** What is read from programs and systems that this machine may not have: their own words, as text. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cardDevices, namedDevices } from '../../../src/capture/sound/alsa-devices.js';
import { converting } from '../../../src/capture/sound/arecord.js';
import { alsaName, pulseName, spokenName } from '../../../src/capture/sound/device-name.js';
import { avfoundationDevices, dshowDevices } from '../../../src/capture/sound/ffmpeg-microphone.js';
import { soundEnvironment } from '../../../src/capture/sound/sound-environment.js';
import { openingFault } from '../../../src/capture/sound/sound-fault.js';

describe('lists of microphones', () => {
  it('takes cards from arecord -l', () => {
    const text = `**** List of CAPTURE Hardware Devices ****
card 0: PCH [HDA Intel PCH], device 0: ALC892 Analog [ALC892 Analog]
  Subdevices: 1/1
  Subdevice #0: subdevice #0
card 2: Webcam [HD Webcam C270], device 1: USB Audio [USB Audio]
`;
    expect(cardDevices(text)).toEqual([
      { name: 'hw:0,0', label: 'HDA Intel PCH: ALC892 Analog' },
      { name: 'hw:2,1', label: 'HD Webcam C270: USB Audio' },
    ]);
  });

  it('takes default and own names from arecord -L, but no plugins and no cards in disguise', () => {
    const text = `null
    Discard all samples (playback) or generate zero samples (capture)
default
    Playback/recording through the PulseAudio sound server
desk
speexrate
    Rate Converter Plugin Using Speex Resampler
sysdefault:CARD=PCH
    HDA Intel PCH, ALC892 Analog
`;
    expect(namedDevices(text)).toEqual([
      { name: 'default', label: 'Playback/recording through the PulseAudio sound server' },
      { name: 'desk', label: 'ALSA desk' },
    ]);
  });

  it('takes audio devices, not cameras, from ffmpeg on macOS and Windows', () => {
    const mac = `[AVFoundation indev @ 0x7f8] AVFoundation video devices:
[AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7f8] AVFoundation audio devices:
[AVFoundation indev @ 0x7f8] [0] Built-in Microphone
[AVFoundation indev @ 0x7f8] [1] USB Headset
: Input/output error`;
    expect(avfoundationDevices(mac)).toEqual([
      { name: '0', label: 'Built-in Microphone' },
      { name: '1', label: 'USB Headset' },
    ]);
    const windows = `[dshow @ 0000] "HD Webcam" (video)
[dshow @ 0000]   Alternative name "@device_pnp_x"
[dshow @ 0000] "Microphone (Realtek High Definition Audio)" (audio)\r
`;
    const name = 'Microphone (Realtek High Definition Audio)';
    expect(dshowDevices(windows)).toEqual([{ name, label: name }]);
    expect(spokenName(name)).toBe(name);
  });
});

describe('names of microphones', () => {
  it.each([
    'mic.monitor',
    'alsa_input.usb-046d_C270-02.mono-fallback',
    'bluez_input.00:1B:66:AA.0',
  ])('lets the source %s through', (name) => {
    expect(pulseName(name)).toBe(name);
  });

  it.each(['hw:1', 'hw:1,0', 'plughw:CARD=PCH,DEV=0', 'default', 'desk'])(
    'lets the ALSA name %s through',
    (name) => {
      expect(alsaName(name)).toBe(name);
    },
  );

  it('records hw:1 with conversion, so that the format is what it says', () => {
    expect(converting('hw:1,0')).toBe('plughw:1,0');
    expect(converting('plughw:1')).toBe('plughw:1');
    expect(converting('default')).toBe('default');
  });

  it('tells an ALSA name that was given to a sound server', () => {
    expect(() => pulseName('hw:1')).toThrow('a name of ALSA');
  });
});

describe('the environment of sound programs', () => {
  it('names the sockets where libpulse would look, so that none starts a server', () => {
    const env = { XDG_RUNTIME_DIR: '/run/user/7', PULSE_CLIENTCONFIG: '/dev/null' };
    expect(soundEnvironment(env, 'linux').PULSE_SERVER).toBe(
      'unix:/run/user/7/pulse/native unix:/run/pulse/native unix:/var/run/pulse/native',
    );
  });

  it('keeps the server that the user or a client.conf names', async () => {
    const given = soundEnvironment({ PULSE_SERVER: 'tcp:box' }, 'linux');
    expect(given.PULSE_SERVER).toBe('tcp:box');
    const folder = await mkdtemp(join(tmpdir(), 'meet-client-conf-'));
    const config = join(folder, 'client.conf');
    await writeFile(config, '; default-server = no\ndefault-server = tcp:box\n');
    const named = soundEnvironment({ PULSE_CLIENTCONFIG: config }, 'linux');
    await rm(folder, { recursive: true });
    expect(named.PULSE_SERVER).toBeUndefined();
  });

  it('makes programs speak English in the encoding of the user', () => {
    const env = soundEnvironment(
      { LC_ALL: 'de_DE.UTF-8', LANGUAGE: 'de', PULSE_SERVER: 'x' },
      'linux',
    );
    expect(env).toMatchObject({ LANG: 'de_DE.UTF-8', LC_MESSAGES: 'C', LC_NUMERIC: 'C' });
    expect(env.LC_ALL ?? env.LANGUAGE).toBeUndefined();
  });
});

describe('the last words of a program', () => {
  it.each([
    ['arecord: main:831: audio open error: Device or resource busy', 'MEET_DEVICE_BUSY', 'fuser'],
    [
      'arecord: main:831: audio open error: Permission denied',
      'MEET_DEVICE_PERMISSION',
      'usermod -aG audio',
    ],
    [
      'arecord: main:831: audio open error: No such file or directory',
      'MEET_DEVICE_NAME',
      'meet devices',
    ],
    ['Stream error: No such entity', 'MEET_DEVICE_NAME', 'meet devices'],
    ['Connection failure: Connection refused', 'MEET_DEVICE_NONE', 'PULSE_SERVER'],
    [
      'sox FAIL sox: Sorry, there is no default audio device configured',
      'MEET_DEVICE_NONE',
      'PulseAudio',
    ],
    ['something new', 'MEET_DEVICE_LOST', 'something new'],
    ['', 'MEET_DEVICE_LOST', 'killed by SIGKILL'],
  ])('%j is %s', (words, code, mend) => {
    const end =
      words === '' ? { code: null, signal: 'SIGKILL' as const } : { code: 1, signal: null };
    const fault = openingFault({ program: 'arecord', device: 'hw:1', words, end, env: {} });
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(mend);
  });
});
