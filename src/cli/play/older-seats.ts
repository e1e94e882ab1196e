/**
 * The two ends of the older programs' wire: who hosts listens for one player, who joins connects. Owns
 * the listening and the connecting, and the words for what keeps them from it; reads no move.
 *
 *   host (X)   listen ──> first connection ──> stop listening: a third one is refused by the system
 *   guest (O)  connect, again and again while `waitMs` lasts
 */
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';

import type { Mark } from '../../game/tic-tac-toe.js';
import type { Clock } from '../../transport/clock.js';
import { MeetError, systemErrorCode } from '../../transport/errors.js';
import { hostAndPort, plainAddress } from '../../transport/network-address.js';
import { namingHolder } from '../port-holder.js';

/** One end; each game of the older wire has a connection of its own. */
export interface OlderSeat {
  /** Who hosts is X. */
  readonly own: Mark;
  /**
   * Resolves with the connection of the next game. `onWaiting` hears once what is waited for, and on
   * which port, where it listens. Rejects with why there will be none; with the signal's reason when
   * it aborts.
   */
  open(
    signal: AbortSignal,
    onWaiting: (words: string, port: number | undefined) => void,
  ): Promise<Socket>;
}

/** Where to listen; port 0 is any free one, and stays the same for a revenge. */
export function hostSeat(host: string, port: number): OlderSeat {
  let chosen = port;
  return {
    own: 'X',
    open: (signal, onWaiting) =>
      acceptOne({ host, port: chosen }, signal, (listening) => {
        chosen = listening;
        onWaiting(waitingWords(host, listening), listening);
      }),
  };
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function acceptOne(
  place: Place,
  signal: AbortSignal,
  onListening: (port: number) => void,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      server.close();
    };
    const onAbort = (): void => {
      settle();
      reject(reasonOf(signal));
    };
    server.on('error', (error) => {
      settle();
      reject(bindFault(error, place));
    });
    server.once('connection', (socket) => {
      settle();
      // Who has come at the same moment finds the table taken.
      server.on('connection', (other) => other.destroy());
      resolve(socket);
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) {
      onAbort();
      return;
    }
    server.listen(place, () => {
      const address = server.address();
      onListening(typeof address === 'object' && address !== null ? address.port : place.port);
    });
  });
}

function waitingWords(host: string, port: number): string {
  const every = host === '0.0.0.0' || host === '::';
  const reach = hostAndPort(every ? 'THIS-HOST' : host, port);
  const near = host === '127.0.0.1' || host === '::1' || host === 'localhost';
  const only = near ? ' (this machine only; others: --bind 0.0.0.0)' : '';
  return `waiting for a player on ${addressWords(host, port)}${only}; it joins with: meet play --join ${reach}`;
}

/** How long after a refused attempt the next one follows, in ms. */
const RETRY_MS = 200;
/** How long one attempt may take where no answer comes at all, in ms. */
const ATTEMPT_MS = 5000;
/** How long a guest waits for the host of a revenge, in ms. */
const REVENGE_WAIT_MS = 60_000;

/** Where to connect to, and how long to keep trying the first time. */
export function guestSeat(place: Place, waitMs: number, clock: Clock): OlderSeat {
  let patienceMs = waitMs;
  return {
    own: 'O',
    async open(signal, onWaiting) {
      onWaiting(`looking for the game at ${addressWords(place.host, place.port)}`, undefined);
      const untilMs = clock.now() + patienceMs;
      for (;;) {
        try {
          const socket = await connectOnce(place, signal, clock);
          patienceMs = REVENGE_WAIT_MS;
          return socket;
        } catch (thrown) {
          const leftMs = untilMs - clock.now();
          if (!mayPass(thrown) || leftMs <= 0) throw thrown;
          await clock.sleep(Math.min(RETRY_MS, leftMs), signal);
        }
      }
    },
  };
}

function connectOnce(place: Place, signal: AbortSignal, clock: Clock): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(place);
    const settle = (): void => {
      cancel();
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners();
    };
    const fail = (fault: unknown): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(fault instanceof Error ? fault : new Error(String(fault)));
    };
    const onAbort = (): void => {
      fail(reasonOf(signal));
    };
    const cancel = clock.after(ATTEMPT_MS, () => {
      fail(noGame(place, `no answer in ${ATTEMPT_MS / 1000} s`));
    });
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    socket.once('error', (error) => {
      fail(noGame(place, systemErrorCode(error) ?? error.message, error));
    });
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}

const CONNECT_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody waits for a player there; start it with: meet play --host-game',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no network',
};
/** What a later attempt cannot mend. */
const LASTING = ['ENOTFOUND'];

function noGame({ host, port }: Place, why: string, cause?: unknown): MeetError {
  return new MeetError(
    'MEET_UNREACHABLE',
    `no game at ${addressWords(host, port)}: ${CONNECT_FAULTS[why] ?? why}`,
    cause === undefined ? {} : { cause },
  );
}

function mayPass(thrown: unknown): boolean {
  if (!(thrown instanceof MeetError) || thrown.code !== 'MEET_UNREACHABLE') return false;
  return !LASTING.includes(systemErrorCode(thrown.cause) ?? '');
}

function bindFault(error: Error, { host, port }: Place): MeetError {
  const code = systemErrorCode(error);
  if (code === 'EADDRINUSE') {
    const words = `${addressWords(host, port)} is taken; end the other program, or choose: --port PORT (0: any free one)`;
    return namingHolder(new MeetError('MEET_PORT_TAKEN', words, { cause: error }));
  }
  const why: Readonly<Record<string, string>> = {
    EACCES: 'ports below 1024 need more rights; choose: --port PORT',
    EADDRNOTAVAIL: 'this machine has no such address; choose another: --bind ADDR',
    ENOTFOUND: 'no such host name; choose an address: --bind ADDR',
  };
  const words = `cannot listen on ${addressWords(host, port)}: ${why[code ?? ''] ?? error.message}`;
  return new MeetError('MEET_BIND', words, { cause: error });
}

/** The other end of a connection: `192.0.2.7:4242`. */
export function opponentAddress(socket: Socket): string {
  const { remoteAddress, remotePort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return 'somebody';
  return hostAndPort(plainAddress(remoteAddress), remotePort);
}

function addressWords(host: string, port: number): string {
  return `${host} port ${port}`;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new MeetError('MEET_CLOSED', 'ended');
}
