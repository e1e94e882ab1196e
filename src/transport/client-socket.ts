/**
 * How a client gets a socket to a daemon: TCP, then TLS where that is spoken. Owns the words for what
 * goes wrong on the way; says nothing to the daemon itself.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';

import type { ClientSecurity } from './client-security.js';
import { speaksTls } from './client-security.js';
import { MeetError, systemErrorCode } from './errors.js';
import { connectSecurely } from './secure-socket.js';

export interface ClientSocketOptions {
  readonly host: string;
  readonly port: number;
  /** Left out: in plain. */
  readonly security?: ClientSecurity;
}

/** A connected socket that is paused, and TLS over it where it is spoken. */
export interface ClientSocket {
  readonly socket: Socket;
  readonly secure: TLSSocket | undefined;
}

/** Connects. Rejects with MEET_UNREACHABLE, MEET_TLS_FAILED, or what `trust` throws. */
export async function openSocket(
  options: ClientSocketOptions,
  signal: AbortSignal,
): Promise<ClientSocket> {
  const socket = await connectSocket(options, signal);
  const { security, host } = options;
  if (security === undefined || !speaksTls(security, host)) return { socket, secure: undefined };
  const { ca, trust } = security;
  socket.setNoDelay(true);
  return { socket, secure: await connectSecurely(socket, { host, ca, trust }, signal) };
}

function connectSocket({ host, port }: ClientSocketOptions, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    // Nothing is read here: what comes is read where it is to go (direct-read.ts).
    socket.pause();
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.removeAllListeners('error');
      socket.removeAllListeners('connect');
    };
    const onAbort = (): void => {
      settle();
      socket.on('error', () => undefined);
      socket.destroy();
      reject(unreachable(host, port, 'no answer'));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('connect', () => {
      settle();
      resolve(socket);
    });
    socket.once('error', (error) => {
      settle();
      reject(unreachable(host, port, systemErrorCode(error) ?? error.message, error));
    });
    if (signal.aborted) onAbort();
  });
}

const CONNECT_FAULTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; start it with: meet serve',
  ENOTFOUND: 'no such host name',
  EAI_AGAIN: 'the name could not be looked up',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no network',
};

function unreachable(host: string, port: number, why: string, cause?: unknown): MeetError {
  const words = CONNECT_FAULTS[why] ?? why;
  return new MeetError(
    'MEET_UNREACHABLE',
    `no daemon at ${host} port ${port}: ${words}`,
    cause === undefined ? {} : { cause },
  );
}
