import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { resetSocket } from './reset-socket.js';

it('a connection that is reset while it ends is closed', async () => {
  const server = createServer({ allowHalfOpen: true }, (peer) => {
    peer.on('error', () => undefined);
    onTestFinished(() => {
      peer.destroy();
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const socket = connect({ port: address.port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  socket.end('x');
  resetSocket(socket);
  await once(socket, 'close');
  expect(socket.destroyed).toBe(true);
});
