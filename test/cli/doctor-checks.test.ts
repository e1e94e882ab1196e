/** What the doctor says of the encoder of pictures. */
import { expect, test } from 'vitest';

import { jimpEncoder } from '../../src/capture/pictures/jimp-encoder.js';
import { jpegEncoder } from '../../src/capture/pictures/choose-encoder.js';
import { checkEncoder } from '../../src/cli/doctor-checks.js';
import { MeetError } from '../../src/transport/errors.js';

test('The doctor finds sharp, where it loads', async () => {
  expect(await checkEncoder(jpegEncoder)).toMatchObject({ state: 'ok', message: 'sharp' });
});

test('The doctor says that pictures will be few with jimp, and what brings sharp', async () => {
  expect(await checkEncoder(() => Promise.resolve(jimpEncoder))).toMatchObject({
    state: 'missing',
    message: expect.stringContaining('a few pictures a second') as string,
    mend: expect.stringContaining('npm install sharp') as string,
  });
});

test('The doctor calls a machine broken that has no encoder', async () => {
  const load = () => Promise.reject(new MeetError('MEET_PROGRAM_MISSING', 'no JPEG encoder loads'));
  expect(await checkEncoder(load)).toMatchObject({
    state: 'broken',
    message: 'no JPEG encoder loads',
  });
});
