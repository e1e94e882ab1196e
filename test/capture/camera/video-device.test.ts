import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  cameraFault,
  listVideoNodes,
  nodeFault,
  requireCameraName,
  requireVideoNode,
} from '../../../src/capture/camera/video-device.js';
import { rejectionOf } from '../rejection.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meet-dev-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the cameras of Linux', () => {
  test('are listed by number with their names, without nodes of metadata', async () => {
    const dev = join(folder, 'dev');
    const sys = join(folder, 'sys');
    await mkdir(dev);
    for (const [number, index, name] of [
      [10, 0, 'Tenth camera'],
      [2, 0, 'Second\u001b camera\n'],
      [3, 1, 'Second camera, metadata'],
    ] as const) {
      await writeFile(join(dev, `video${number}`), '');
      await mkdir(join(sys, `video${number}`), { recursive: true });
      await writeFile(join(sys, `video${number}`, 'index'), `${index}\n`);
      await writeFile(join(sys, `video${number}`, 'name'), name);
    }
    await writeFile(join(dev, 'video-codec'), '');
    expect(await listVideoNodes({ dev, sys })).toEqual([
      { name: join(dev, 'video2'), label: 'Second camera' },
      { name: join(dev, 'video10'), label: 'Tenth camera' },
    ]);
  });

  test('are none where there is no such folder', async () => {
    const nowhere = join(folder, 'nowhere');
    expect(await listVideoNodes({ dev: nowhere, sys: nowhere })).toEqual([]);
  });

  test.each(['/dev/video0', '/dev/video12', '/dev/v4l/by-id/usb-046d_C920-video-index0'])(
    'may be named %s',
    (name) => {
      expect(() => {
        requireCameraName(name, 'linux');
      }).not.toThrow();
    },
  );

  test.each([
    '/dev/video0;x',
    '/dev/video',
    '/dev/sda',
    '/dev/v4l/by-id/../../sda',
    '/dev/v4l/by-id/a/b',
    '-i',
    'http://x/',
    '/dev/video0\n',
    'TEST:',
    '',
  ])('may not be named %j', (name) => {
    expect(() => {
      requireCameraName(name, 'linux');
    }).toThrow('is not a camera');
  });

  test.each(['FaceTime HD Camera', 'Kamera (intégrée) #2'])('elsewhere are named %s', (name) => {
    expect(() => {
      requireCameraName(name, 'darwin');
    }).not.toThrow();
  });

  test.each(['a:b', '-f', 'a"b', 'a\nb', 'video=x:audio=y'])('elsewhere not %j', (name) => {
    expect(() => {
      requireCameraName(name, 'win32');
    }).toThrow('is not a camera');
  });
});

describe('a camera that cannot be opened', () => {
  test('because it is not there', async () => {
    const fault = await rejectionOf(requireVideoNode('/dev/video987'));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
  });

  test('because it is a plain file', async () => {
    const path = join(folder, 'plain');
    await writeFile(path, '');
    expect((await rejectionOf(requireVideoNode(path))).code).toBe('MEET_DEVICE_NAME');
  });

  test.each([
    ['EACCES', 'MEET_DEVICE_PERMISSION', 'usermod -aG video'],
    ['EPERM', 'MEET_DEVICE_PERMISSION', 'usermod -aG video'],
    ['EBUSY', 'MEET_DEVICE_BUSY', 'fuser -v /dev/video0'],
    ['ENOENT', 'MEET_DEVICE_NAME', 'meet devices'],
    ['EIO', 'MEET_DEVICE_LOST', '/dev/video0'],
  ])('because the system says %s: %s', (code, expected, words) => {
    const fault = nodeFault('/dev/video0', Object.assign(new Error(code), { code }));
    expect(fault.code).toBe(expected);
    expect(fault.message).toContain(words);
  });

  test.each([
    ['/dev/video0: Permission denied', 'MEET_DEVICE_PERMISSION'],
    ['ioctl(VIDIOC_STREAMON): Device or resource busy', 'MEET_DEVICE_BUSY'],
    ['Cannot open video device /dev/video0: No such file or directory', 'MEET_DEVICE_NAME'],
    ['No webcam found', 'MEET_DEVICE_NAME'],
    [
      'Could not find video device with name [x] among source devices of type video.',
      'MEET_DEVICE_NAME',
    ],
    ['The v4l2 frame is 1 bytes', 'MEET_DEVICE_LOST'],
  ])('because a program says %j: %s', (words, code) => {
    const fault = cameraFault('/dev/video0', words, false);
    expect(fault.code).toBe(code);
    expect(fault.message).toContain(words);
  });

  test('and one that stops later is lost, whatever was said', () => {
    const fault = cameraFault('/dev/video0', 'ioctl(VIDIOC_DQBUF): No such device', true);
    expect(fault.code).toBe('MEET_DEVICE_LOST');
    expect(fault.message).toContain('plugged in');
  });
});
