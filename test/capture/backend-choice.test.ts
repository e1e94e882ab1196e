import { describe, expect, test } from 'vitest';
import type { SourceChoice } from '../../src/capture/backend-choice.js';
import { chooseBackends, openSource } from '../../src/capture/backend-choice.js';
import { cameraBackends } from '../../src/capture/camera/camera-backends.js';
import { screenBackends } from '../../src/capture/screen/screen-backends.js';
import { captureContext, screenWish, videoWish } from './pictures/capture-context.js';
import { TestSink } from './pictures/sink.js';
import { rejectionOf } from './rejection.js';

/** A machine with neither a display nor a camera program. */
const bare = captureContext({ platform: 'linux', env: {}, findProgram: () => undefined });

function screenChoice(changes: Partial<SourceChoice> = {}): SourceChoice {
  return {
    kind: 'screen',
    source: undefined,
    backend: 'auto',
    backends: [...cameraBackends, ...screenBackends],
    context: captureContext({ env: { PATH: process.env.PATH } }),
    wish: screenWish(),
    sink: new TestSink(),
    signal: new AbortController().signal,
    ...changes,
  };
}

function names(choice: Partial<SourceChoice>): readonly string[] {
  return chooseBackends(screenChoice(choice)).map(({ name }) => name);
}

describe('the choice of a backend', () => {
  test('is the order of auto, without test and file', () => {
    expect(names({})).toEqual(['ffmpeg', 'screenshot-desktop']);
    expect(names({ kind: 'video' })).toEqual(['ffmpeg', 'node-webcam']);
    expect(names({ source: ':99' })).toEqual(['ffmpeg', 'screenshot-desktop']);
  });

  test('is the one that was named', () => {
    expect(names({ backend: 'screenshot-desktop' })).toEqual(['screenshot-desktop']);
    expect(names({ backend: 'test' })).toEqual(['test']);
  });

  test('follows from the source for test and file', () => {
    expect(names({ source: 'test' })).toEqual(['test']);
    expect(names({ source: 'file:clip.mp4', backend: 'ffmpeg' })).toEqual(['file']);
  });

  test.each([
    ['fmpeg', ' (did you mean "ffmpeg"?)'],
    ['screenshot', ' (did you mean "screenshot-desktop"?)'],
    ['node-webcam', ''],
  ])('refuses %s, names what is near and all that there are', async (backend, hint) => {
    const fault = await rejectionOf(openSource(screenChoice({ backend })));
    expect(fault.code).toBe('MEET_USAGE');
    expect(fault.message).toBe(
      `there is no screen backend "${backend}"${hint}: expected auto, ffmpeg, screenshot-desktop, test, file`,
    );
  });
});

describe('opening a source', () => {
  test('opens the test picture for screen and for video', async () => {
    const sink = new TestSink();
    const screen = await openSource(screenChoice({ source: 'test', context: bare, sink }));
    expect(screen).toMatchObject({ kind: 'screen', backend: 'test', device: 'test' });
    expect(sink.captured.length).toBeGreaterThan(0);
    await screen.close();
    const wish = videoWish();
    const video = await openSource(screenChoice({ kind: 'video', wish, source: 'test' }));
    expect(video).toMatchObject({ kind: 'video', backend: 'test' });
    await video.close();
  });

  test('tells in one line what was tried and how to mend each', async () => {
    const fault = await rejectionOf(openSource(screenChoice({ context: bare })));
    expect(fault.code).toBe('MEET_PROGRAM_MISSING');
    expect(fault.message).toMatch(
      /^no screen could be opened; ffmpeg: .*apt-get install ffmpeg \| screenshot-desktop: .*apt-get install/,
    );
    expect(fault.message).not.toContain('\n');
    expect(fault.cause).toBeInstanceOf(AggregateError);
  });

  test('says of a machine without a camera that there is none, before what is missing', async () => {
    const context = captureContext({
      platform: 'linux',
      findProgram: (name) => (name === 'ffmpeg' ? '/usr/bin/ffmpeg' : undefined),
    });
    const wish = videoWish();
    const fault = await rejectionOf(openSource(screenChoice({ kind: 'video', wish, context })));
    expect(fault.code).toBe('MEET_DEVICE_NONE');
    expect(fault.message).toMatch(/no camera was found.*apt-get install fswebcam/);
  });

  test('says the error of a backend itself when only that was tried', async () => {
    const choice = screenChoice({ context: bare, backend: 'ffmpeg' });
    const fault = await rejectionOf(openSource(choice));
    expect(fault.message).toMatch(/^the program "ffmpeg" was not found/);
  });

  test('tries no other backend once it was told to stop', async () => {
    const signal = AbortSignal.abort();
    const fault = await rejectionOf(openSource(screenChoice({ source: 'test', signal })));
    expect(fault.code).toBe('MEET_CLOSED');
  });

  test('has a name on a line of its own refused by every backend', async () => {
    const fault = await rejectionOf(openSource(screenChoice({ source: 'x\ny; z' })));
    expect(fault.code).toBe('MEET_DEVICE_NAME');
    expect(fault.message.split('\n').length).toBe(1);
  });
});
