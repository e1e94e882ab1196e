/**
 * A TCP connection of a test's: what was received, and how it ended. Owns one socket, which ends with
 * the test; knows no framing.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';

export interface RawSocketOptions {
  /** Where the port is. Default 127.0.0.1. */
  readonly host?: string;
  /** An address of this machine to come from, such as 127.0.0.2. */
  readonly localAddress?: string;
  /** Speaks TLS, as this protocol; whoever answers is trusted. */
  readonly tls?: { readonly alpn?: readonly string[] };
  /** Does not end when the other side has ended. */
  readonly allowHalfOpen?: boolean;
}

export class RawSocket {
  readonly socket: Socket;
  /** Resolves when the connection is gone; with the system error's code, if there was one. */
  readonly closed: Promise<string | undefined>;
  /** Everything that came, while nobody else takes it. */
  received = Buffer.alloc(0);
  /** Takes what comes in place of `received`. */
  onData: ((chunk: Buffer) => void) | undefined;
  #isClosed = false;

  /** Connects to a port of this machine. */
  static async connect(port: number, options: RawSocketOptions = {}): Promise<RawSocket> {
    const { host = '127.0.0.1', localAddress, allowHalfOpen = false } = options;
    const socket = connect({
      port,
      host,
      noDelay: true,
      allowHalfOpen,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    if (options.tls === undefined) {
      const raw = new RawSocket(socket);
      await once(socket, 'connect');
      return raw;
    }
    const { alpn = ['meet/1'] } = options.tls;
    const secure = connectTls({
      socket,
      rejectUnauthorized: false,
      ...(alpn.length === 0 ? {} : { ALPNProtocols: [...alpn] }),
    });
    const raw = new RawSocket(secure);
    await Promise.race([once(secure, 'secureConnect'), raw.closed]);
    return raw;
  }

  private constructor(socket: Socket) {
    this.socket = socket;
    let code: string | undefined;
    socket.on('error', (error) => {
      code = 'code' in error && typeof error.code === 'string' ? error.code : error.message;
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.onData === undefined) this.received = Buffer.concat([this.received, chunk]);
      else this.onData(chunk);
    });
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#isClosed = true;
        resolve(code);
      });
    });
    onTestFinished(async () => {
      socket.destroy();
      await this.closed;
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(...parts: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  /** Sends and resolves when the kernel has taken the bytes. */
  async sent(bytes: Buffer): Promise<void> {
    await new Promise<void>((resolve) => {
      this.socket.write(bytes, () => {
        resolve();
      });
    });
  }

  /** Ends as a program that is killed: at once, with a reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Ends as a program that closes its socket. */
  end(): void {
    this.socket.end();
  }
}
