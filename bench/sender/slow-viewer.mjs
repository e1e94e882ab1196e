// @ts-check
/** A viewer that reads at a steady rate, however much there is, and acknowledges what it has whole. */
import { UnitReader } from './unit-reader.mjs';
import { untilTold } from './pace.mjs';
import { control, dial, preamble } from './wire.mjs';

const HEADER_BYTES = 32;
const PREAMBLE_BYTES = 8;
const TYPE_MEDIA = 1;
const TICK_MS = 20;

/**
 * @param {{ port: number, bytesPerSecond: number }} options
 * @param {(result: object) => void} say
 */
export async function slowViewer({ port, bytesPerSecond }, say) {
  const socket = await dial(port);
  let frames = 0;
  const reader = new UnitReader(PREAMBLE_BYTES, (bytes) => {
    if (bytes.length < HEADER_BYTES) return undefined;
    const sizeBytes = HEADER_BYTES + bytes.readUInt32BE(12);
    if (bytes[0] !== TYPE_MEDIA) return { sizeBytes, done: () => undefined };
    const [source, sequence] = [bytes.readUInt32BE(4), bytes.readUInt32BE(8)];
    const acknowledge = () => {
      frames += 1;
      socket.write(control({ type: 'ack', sequence, source }));
    };
    return { sizeBytes, done: acknowledge };
  });
  const session = `bench-slow-${process.pid}`;
  const hello = { type: 'hello', versions: [1], role: 'subscribe', name: session, session };
  socket.write(preamble('screen'));
  socket.write(control({ ...hello, acks: true, room: 'bench' }));
  let budgetBytes = 0;
  const timer = setInterval(() => {
    budgetBytes = Math.min(bytesPerSecond, budgetBytes + (bytesPerSecond * TICK_MS) / 1000);
    for (;;) {
      const count = Math.min(Math.floor(budgetBytes), socket.readableLength);
      const chunk = count > 0 ? socket.read(count) : socket.read(0);
      if (!Buffer.isBuffer(chunk)) return;
      budgetBytes -= chunk.length;
      reader.take(chunk);
    }
  }, TICK_MS);
  say({ connected: 1 });
  process.on('SIGUSR2', () => {
    say({ frames });
  });
  await untilTold();
  clearInterval(timer);
  socket.destroy();
}
