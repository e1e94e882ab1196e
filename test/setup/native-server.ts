/**
 * A server that speaks the native framing and answers a hello as the test says: late, or with a
 * refusal. Owns its sockets; knows no meeting.
 */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { systemClock } from '../../src/transport/clock.js';
import type { ControlRecord } from '../../src/transport/control.js';
import type { Welcome } from '../../src/transport/handshake-records.js';
import type { Frame } from '../../src/transport/frame.js';
import { limitsWith } from '../../src/transport/limits.js';
import { NativeChannel } from '../../src/transport/native-channel.js';
import { PeerSocket } from '../../src/transport/peer-socket.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';

export interface NativeServer extends AsyncDisposable {
  readonly port: number;
}

export interface NativeServerHandlers {
  onControl(record: ControlRecord, channel: NativeChannel): void;
  onMedia?(frame: Frame): void;
}

/** Listens on loopback for connections of one kind. */
export async function startNativeServer(
  kind: StreamKind,
  handlers: NativeServerHandlers,
): Promise<NativeServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    serve(kind, socket, handlers);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** What a daemon says that takes everything. */
export function welcomeRecord(): Welcome {
  return {
    type: 'welcome',
    version: 1,
    participant: 1,
    name: 'given',
    room: 'main',
    roster: [],
    limits: { payloadBytes: 1024 * 1024, controlBytes: 64 * 1024 },
    pingMs: 10_000,
    acks: false,
    software: 'test',
  };
}

function serve(kind: StreamKind, socket: Socket, handlers: NativeServerHandlers): void {
  const limits = limitsWith();
  const channel: NativeChannel = new NativeChannel({
    kind,
    limits,
    clock: systemClock,
    handlers: {
      onPreamble: () => {
        channel.sendPreamble();
      },
      onControl: (record) => {
        handlers.onControl(record, channel);
      },
      onMedia: (frame) => handlers.onMedia?.(frame),
    },
  });
  channel.attach(
    new PeerSocket({
      socket,
      unread: false,
      reader: channel.reader,
      limits,
      clock: systemClock,
      owner: { onClose: () => undefined },
    }),
  );
}
