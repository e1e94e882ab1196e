/**
 * A viewer's session as tests use it: closed with the test, with all that it is told. Owns no meeting.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Chat } from '../../src/transport/chat-records.js';
import type { Clock } from '../../src/transport/clock.js';
import { systemClock } from '../../src/transport/clock.js';
import type { MeetError } from '../../src/transport/errors.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { RosterEntry } from '../../src/transport/roster-records.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { ViewerSession } from '../../src/transport/viewer-session.js';
import { Journal } from '../setup/journal.js';
import { newSession } from '../setup/native-client.js';

interface Seen {
  readonly participant: number;
  readonly sequence: number;
  readonly ageMs: number;
  readonly relayedAfterMs: number;
  /** Monotonic. */
  readonly atMs: number;
}

export interface WatchWish {
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly kinds?: readonly StreamKind[];
  readonly clock?: Clock;
  readonly session?: string;
  readonly reconnect?: boolean;
  readonly before?: (viewer: ViewerSession) => void;
  /** Called inside of the first roster's callback. */
  readonly onFirstRoster?: (viewer: ViewerSession) => void;
}

/** A viewer's session with all that it is told; closed with the test. */
export async function watch(wish: WatchWish) {
  const frames = new Journal<Seen>();
  const rosters = new Journal<readonly RosterEntry[]>();
  const chats = new Journal<Chat>();
  const lost = new Journal<MeetError>();
  const opened = new Journal<StreamKind>();
  const { ports, clock = systemClock, kinds = ['screen'], reconnect = true } = wish;
  const viewer: ViewerSession = new ViewerSession({
    host: '127.0.0.1',
    ports,
    kinds,
    identity: {
      name: 'viewer',
      room: 'main',
      session: wish.session ?? newSession(),
      software: 't',
    },
    waitMs: 0,
    reconnect,
    limits: limitsWith(),
    clock,
    random: () => 0,
    events: {
      onFrame: (participant, { sequence, record }, ageMs) => {
        const relayedAfterMs = record.readUInt32BE(28) / 1000;
        frames.push({ participant, sequence, ageMs, relayedAfterMs, atMs: performance.now() });
      },
      onRoster: (roster) => {
        if (rosters.entries.length === 0) wish.onFirstRoster?.(viewer);
        rosters.push(roster);
      },
      onChat: (chat) => {
        chats.push(chat);
      },
      onOpen: (kind) => {
        opened.push(kind);
      },
      onLost: (_, fault) => {
        lost.push(fault);
      },
    },
  });
  onTestFinished(() => viewer.close());
  wish.before?.(viewer);
  await viewer.start();
  return { viewer, frames, rosters, chats, lost, opened };
}

/** A way to a port that can be closed, so that one connection of several is lost. */
export async function passage(port: number): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.pipe(far).pipe(near);
  });
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  onTestFinished(close);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('it has no port');
  return { port: address.port, close };
}

/** A way to a port that keeps back what the daemon says until `release`. */
export async function heldBack(port: number) {
  const said: Buffer[] = [];
  const texts = new Journal<string>();
  let client: Socket | undefined;
  let isHeld = true;
  const server = createServer((socket) => {
    client = socket;
    const daemon = connect(port, '127.0.0.1');
    socket.on('error', () => undefined).pipe(daemon.on('error', () => undefined));
    socket.on('close', () => daemon.destroy());
    daemon.on('data', (chunk) => {
      if (isHeld) said.push(chunk);
      else socket.write(chunk);
      texts.push(Buffer.concat(said).toString('latin1'));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    client?.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    /** All that it said so far, each time that it says more. */
    texts,
    release: (): void => {
      isHeld = false;
      client?.write(Buffer.concat(said));
    },
  };
}
