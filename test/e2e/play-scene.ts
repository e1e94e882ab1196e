/**
 * `meet play` over the older wire with a test opposite: programs that wait or have connected, and bare
 * sockets. Owns how a scene is set; programs and sockets end with the test.
 */
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { onTestFinished } from 'vitest';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { startMeet } from '../setup/meet-program.js';
import { RawSocket } from '../setup/raw-socket.js';

/** `meet play` writes no file. */
export const cwd = process.cwd();
const ANY_PORT = ['--host-game', '--port', '0'];

export function startPlay(...args: readonly string[]): MeetProgram {
  const program = startMeet(['play', ...args], { cwd, hasInput: true });
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

/** A host that waits, and where. */
export async function startHost(
  ...more: readonly string[]
): Promise<{ host: MeetProgram; port: number }> {
  const host = startPlay(...ANY_PORT, ...more);
  const line = await host.line('stdout', /waiting for a player/);
  return { host, port: Number(/port (\d+)/.exec(line)?.[1]) };
}

/** A host, and a bare socket that sits opposite as O. */
export async function hostAndSocket(): Promise<{ host: MeetProgram; guest: RawSocket }> {
  const { host, port } = await startHost();
  const guest = await RawSocket.connect(port);
  await host.line('stdout', /^you are X/);
  return { host, guest };
}

/** A guest that has connected to a server of the test's, which is X. */
export async function guestAndSocket(): Promise<{ guest: MeetProgram; host: Socket }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const connected = once(server, 'connection') as Promise<[Socket]>;
  const guest = startPlay('--join', `127.0.0.1:${(server.address() as AddressInfo).port}`);
  const [host] = await connected;
  host.setNoDelay(true);
  host.on('error', () => undefined);
  onTestFinished(() => {
    host.destroy();
  });
  return { guest, host };
}

export async function received(guest: RawSocket, text: string): Promise<void> {
  while (guest.received.toString() !== text) await once(guest.socket, 'data');
}

export function lastLine({ stdout }: MeetEnd): string {
  return stdout.trimEnd().split('\n').at(-1) ?? '';
}
