import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FaultProxy } from './fault-proxy.js';
import { RawSocket } from './raw-socket.js';

/** A server that keeps what it gets, and how each connection ended. */
async function collector() {
  const chunks: Buffer[] = [];
  let count = 0;
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      count += chunk.length;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const got = async (bytes: number): Promise<Buffer> => {
    await expect.poll(() => count, { timeout: 20_000, interval: 5 }).toBe(bytes);
    return Buffer.concat(chunks);
  };
  return { port, got, chunks, sockets };
}

const BYTES = Buffer.from(Array.from({ length: 50_000 }, (_, at) => (at * 31) & 0xff));

describe('the fault proxy', () => {
  it.each([
    ['nothing', {}],
    ['latency and jitter', { latencyMs: 5, jitterMs: 5 }],
    ['little bandwidth', { bytesPerSecond: 500_000 }],
    ['slices', { sliceBytes: 700 }],
    ['all of them', { latencyMs: 2, jitterMs: 3, bytesPerSecond: 2e6, sliceBytes: 3000 }],
  ])('passes every byte in order with %s', async (_, faults) => {
    const { port, got } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = faults;
    const client = await RawSocket.connect(proxy.port);
    client.send(BYTES);
    expect(await got(BYTES.length)).toEqual(BYTES);
    expect(proxy.passedBytes.up).toBe(BYTES.length);
  });

  it('passes both ways and both ends', async () => {
    const { port, got, sockets } = await collector();
    const proxy = await FaultProxy.listen(port);
    const client = await RawSocket.connect(proxy.port);
    client.send(Buffer.from('ping'));
    await got(4);
    sockets[0]?.end('pong');
    await client.closed;
    expect(client.received.toString()).toBe('pong');
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('takes as long as the latency says', async () => {
    const { port, got } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = { latencyMs: 80 };
    const client = await RawSocket.connect(proxy.port);
    const beganMs = performance.now();
    client.send(Buffer.from('late'));
    await got(4);
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(79);
  });

  it('ends a connection after so many bytes', async () => {
    const { port, got } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = { cutAfterBytes: 1234 };
    const client = await RawSocket.connect(proxy.port);
    client.send(BYTES);
    await client.closed;
    expect(await got(1234)).toEqual(BYTES.subarray(0, 1234));
    await expect.poll(() => proxy.connections).toBe(0);
  });

  it('resets a connection after so many bytes', async () => {
    const { port, sockets } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = { resetAfterBytes: 100 };
    const client = await RawSocket.connect(proxy.port);
    client.send(BYTES);
    expect(await client.closed).toBe('ECONNRESET');
    await expect.poll(() => sockets[0]?.destroyed).toBe(true);
  });

  it('stops reading while it is stalled, and then passes what waited', async () => {
    const { port, got } = await collector();
    const proxy = await FaultProxy.listen(port);
    const client = await RawSocket.connect(proxy.port);
    client.send(Buffer.from('x'));
    await got(1);
    proxy.stall();
    const much = Buffer.alloc(32 * 1024 * 1024);
    client.send(much);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(proxy.passedBytes.up).toBe(1);
    expect(client.socket.writableLength).toBeGreaterThan(0);
    proxy.resume();
    await got(1 + much.length);
  });

  it('passes nothing and ends after a while when it is told to time out', async () => {
    const { port, chunks } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = { timeoutMs: 30 };
    const client = await RawSocket.connect(proxy.port);
    client.send(BYTES);
    await client.closed;
    expect(chunks).toEqual([]);
  });

  it('passes an end on late when closing is slow', async () => {
    const { port, got, sockets } = await collector();
    const proxy = await FaultProxy.listen(port);
    proxy.faults.up = { slowCloseMs: 60 };
    const client = await RawSocket.connect(proxy.port);
    client.send(Buffer.from('last'));
    await got(4);
    const [socket] = sockets;
    if (socket === undefined) throw new Error('no connection');
    const beganMs = performance.now();
    client.end();
    await once(socket, 'end');
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(59);
  });
});
