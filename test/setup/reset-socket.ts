/** The abrupt end of a connection, for tests. Owns a way around one fault of Node.js; opens nothing. */
import type { Socket } from 'node:net';

/**
 * As `resetAndDestroy`. While the end of what was written is on its way, that fails with EINVAL, and the
 * socket is neither closed nor ever says `close` (Node.js 20 and 24): then the reset waits for it.
 */
export function resetSocket(socket: Socket): void {
  // A Unix socket has no reset.
  if (socket.remoteFamily === undefined) {
    socket.destroy();
    return;
  }
  if (!socket.writableEnded || socket.writableFinished) socket.resetAndDestroy();
  else socket.once('finish', () => socket.resetAndDestroy());
}
