import { expect, test } from 'vitest';
import { statsLine } from '../../src/cli/event-writer.js';

const rates = { state: 'on', framesPerSecond: 10, bytesPerSecond: 94_000 } as const;

test('puts the streams of one participant together, and of no other one of the same name', () => {
  const line = statsLine([
    { participant: 1, name: 'kiosk', room: 'main', kind: 'screen', ...rates },
    { participant: 1, name: 'kiosk', room: 'main', kind: 'video', state: 'off' },
    { participant: 2, name: 'kiosk', room: 'lab', kind: 'screen', ...rates },
  ]);
  expect(line).toBe('kiosk screen 10.0 fps 94 kB/s, video off | kiosk screen 10.0 fps 94 kB/s');
});

test("shows one's own streams without a name", () => {
  const line = statsLine([
    { kind: 'screen', ...rates },
    { kind: 'audio', ...rates },
  ]);
  expect(line).toBe('screen 10.0 fps 94 kB/s, audio 10.0 fps 94 kB/s');
});
