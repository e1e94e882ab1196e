/**
 * Who sends and who watches in tests of the relay. Owns how they join and how a test knows that nothing
 * more comes; the daemon is the test's.
 */
import type { StreamKind } from '../../src/transport/stream-kind.js';
import { NativeClient, newSession } from '../setup/native-client.js';
import type { WireMedia } from '../setup/native-client.js';
import type { RunningDaemon } from '../setup/running-daemon.js';
import { wireJpeg } from '../setup/wire.js';

export interface JoinWish {
  readonly kind?: StreamKind;
  readonly name?: string;
  readonly room?: string;
  readonly session?: string;
  /** Fields of hello beside these. */
  readonly hello?: object;
}

/** Joins as a publisher of screen pictures, where nothing else is said. */
export function publisher(daemon: RunningDaemon, wish: JoinWish = {}): Promise<NativeClient> {
  return join(daemon, 'publish', wish);
}

/** Joins as a viewer of screens, where nothing else is said; acknowledges nothing. */
export function viewer(daemon: RunningDaemon, wish: JoinWish = {}): Promise<NativeClient> {
  return join(daemon, 'subscribe', wish);
}

/** Joins as a viewer whose pictures are acknowledged only when the test says so. */
export function slowViewer(daemon: RunningDaemon, wish: JoinWish = {}): Promise<NativeClient> {
  return viewer(daemon, { ...wish, hello: { acks: true, ...wish.hello } });
}

function join(
  { ports }: RunningDaemon,
  role: 'publish' | 'subscribe',
  { kind = 'screen', name = role, room = 'main', session = newSession(), hello }: JoinWish,
): Promise<NativeClient> {
  return NativeClient.join(ports[kind], kind, { role, name, room, session, ...hello });
}

/** A picture that says its number by its width. */
export function numbered(sequence: number, fillBytes = 16): Buffer {
  return wireJpeg(100 + sequence, 48, fillBytes);
}

/** Sends pictures `from` to `to`, each with its number. */
export function sendPictures(
  client: NativeClient,
  from: number,
  to: number,
  fillBytes?: number,
): void {
  for (let sequence = from; sequence <= to; sequence += 1) {
    client.sendPicture({ sequence, capturedAtUs: 1000 + sequence }, numbered(sequence, fillBytes));
  }
}

/**
 * Resolves when all that these have sent has gone through the daemon, and has come to those who watch:
 * each has had an answer to a ping behind it.
 */
export async function passed(...clients: readonly NativeClient[]): Promise<void> {
  for (const client of clients) await client.settled();
}

/** What a viewer has got so far, as `participant/sequence`, with `=` for unchanged. */
export function got({ media }: NativeClient): string[] {
  return media.entries.map(label);
}

function label({ source, sequence, unchanged }: WireMedia): string {
  return `${source}/${sequence}${unchanged ? '=' : ''}`;
}
