import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ffmpegCamera,
  parseMacList,
  parseWindowsList,
  v4l2Input,
} from '../../../src/capture/camera/ffmpeg-camera.js';
import { chooseV4l2Format, parseV4l2Formats } from '../../../src/capture/camera/v4l2-formats.js';
import { needs } from '../../setup/programs.js';
import { captureContext, videoWish } from '../pictures/capture-context.js';
import { TestSink } from '../pictures/sink.js';
import { rejectionOf } from '../rejection.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-ffcam-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function open(device: string | undefined): Promise<unknown> {
  return ffmpegCamera.open({
    context: captureContext({ platform: 'linux' }),
    device,
    wish: videoWish(),
    sink: new TestSink(),
    signal: new AbortController().signal,
  });
}

/** In the form of libavdevice/v4l2.c, list_formats. */
const LISTED = `
[video4linux2,v4l2 @ 0x5581] Compressed:       mjpeg :          Motion-JPEG : 640x480 1920x1080 1280x720 320x240
[video4linux2,v4l2 @ 0x5581] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 2304x1536
[video4linux2,v4l2 @ 0x5581] Compressed: Unsupported :                H.264 : 1920x1080
/dev/video0: Immediate exit requested
`;

describe('what a camera offers', () => {
  const formats = parseV4l2Formats(LISTED);
  const choose = (maxWidth: number, maxHeight: number): ReturnType<typeof chooseV4l2Format> =>
    chooseV4l2Format(formats, videoWish({ maxWidth, maxHeight }));

  test('is read from what ffmpeg prints', () => {
    expect(formats.map(({ name, isMjpeg, sizes }) => [name, isMjpeg, sizes.length])).toEqual([
      ['mjpeg', true, 4],
      ['yuyv422', false, 2],
      ['Unsupported', false, 1],
    ]);
    expect(formats[0]?.sizes[1]).toEqual({ width: 1920, height: 1080 });
  });

  test('is taken as its own JPEGs in the largest size that fits', () => {
    expect(choose(1280, 720)).toEqual({
      name: 'mjpeg',
      size: { width: 1280, height: 720 },
      copy: true,
    });
    expect(choose(1279, 720)?.size).toEqual({ width: 640, height: 480 });
    expect(choose(9999, 9999)?.size).toEqual({ width: 1920, height: 1080 });
  });

  test('is decoded and scaled when no size fits', () => {
    expect(choose(160, 120)).toEqual({
      name: 'mjpeg',
      size: { width: 320, height: 240 },
      copy: false,
    });
  });

  test('is encoded when the camera gives no JPEGs', () => {
    const raw = formats.filter(({ name }) => name === 'yuyv422');
    expect(chooseV4l2Format(raw, videoWish())).toEqual({
      name: 'yuyv422',
      size: { width: 640, height: 480 },
      copy: false,
    });
    expect(chooseV4l2Format([], videoWish())).toBeUndefined();
  });

  test('becomes the arguments of ffmpeg', () => {
    const wish = videoWish();
    expect(v4l2Input('/dev/video0', wish, choose(1280, 720)).args.join(' ')).toBe(
      '-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 15 -i /dev/video0',
    );
    expect(v4l2Input('/dev/video0', wish, undefined)).toMatchObject({
      args: ['-f', 'v4l2', '-framerate', '15', '-i', '/dev/video0'],
      copy: false,
    });
  });
});

describe('the cameras of other systems', () => {
  test('are read from what ffmpeg prints on a Mac', () => {
    const printed = `[AVFoundation indev @ 0x7f] AVFoundation video devices:
[AVFoundation indev @ 0x7f] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7f] [1] Capture screen 0
[AVFoundation indev @ 0x7f] AVFoundation audio devices:
[AVFoundation indev @ 0x7f] [0] Built-in Microphone`;
    expect(parseMacList(printed).map(({ name }) => name)).toEqual(['FaceTime HD Camera']);
  });

  test('are read from what ffmpeg prints on Windows', () => {
    const printed = `[dshow @ 0001] "Integrated Camera" (video)
[dshow @ 0001]   Alternative name "@device_pnp_x"
[dshow @ 0001] "Microphone" (audio)`;
    expect(parseWindowsList(printed).map(({ name }) => name)).toEqual(['Integrated Camera']);
  });
});

describe.skipIf(needs('ffmpeg'))('a camera that ffmpeg cannot open', () => {
  test.each(['/dev/video0; touch CANARY', '$(touch CANARY)', '-i', 'TEST:', 'CANARY', ''])(
    'because its name is not a camera runs nothing: %j',
    async (name) => {
      const canary = join(folder, 'canary');
      const fault = await rejectionOf(open(name.replace('CANARY', canary)));
      expect(fault.code).toBe('MEET_DEVICE_NAME');
      expect(existsSync(canary)).toBe(false);
    },
  );

  test('because it is not there is a coded error', async () => {
    const fault = await rejectionOf(open('/dev/video987'));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message).toContain('/dev/video987');
  });

  test.skipIf(existsSync('/dev/video0') && process.env.CI !== 'true')(
    'because there is none says what else there is',
    async () => {
      const fault = await rejectionOf(open(undefined));
      expect(fault.code).toBe('MEET_DEVICE_NONE');
      expect(fault.message).toContain('--video test');
    },
  );

  test('because ffmpeg is missing says what to install', async () => {
    const context = captureContext({ platform: 'linux', findProgram: () => undefined });
    expect((await ffmpegCamera.unavailable(context))?.message).toContain('apt-get install ffmpeg');
  });
});
