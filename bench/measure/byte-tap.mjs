// @ts-check
/**
 * A tap in front of a daemon's port that counts what sharers send. Owns its listener and passes all
 * bytes on as they are.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class ByteTap {
  bytes = 0;
  /** @type {Set<import('node:net').Socket>} */
  #sockets = new Set();

  /** @param {number} port Of the daemon. */
  constructor(port) {
    this.server = createServer((sharer) => {
      const daemon = connect({ port, host: '127.0.0.1' });
      sharer.on('data', (chunk) => (this.bytes += chunk.length));
      sharer.pipe(daemon).pipe(sharer);
      for (const socket of [sharer, daemon]) {
        this.#sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
      }
    });
  }

  /** @returns {Promise<number>} The port that sharers take instead. */
  async listen() {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the tap has no port');
    return address.port;
  }

  async stop() {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
    if (this.server.listening) await once(this.server, 'close');
  }
}
