/**
 * One `bin/meetd` that records participants who send by sockets of their own, until it is killed. Owns
 * the daemon, its clients, and what it had synced by then.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { NativeClient, newSession } from '../../setup/native-client.js';
import { quietEnv, startMeet } from '../../setup/meet-program.js';
import { wireSound } from '../../setup/wire.js';

const SOUND = { codec: 'pcm-s16le', sampleRateHz: 44_100, channels: 2 } as const;
const CHUNK_BYTES = 882 * 4;
const CHUNK_MS = 20;
const PICTURE_MS = 66;
const PARTICIPANTS = ['p0', 'p1'];
const WITNESS = new URL('../../setup/sync-witness.mjs', import.meta.url).href;

/** Kills that come sooner fall anywhere from the daemon's start on, others while it records. */
const EARLY_MS = 150;

/**
 * Its recordings stand in `root`, its keys in `state`; resolves with the bytes of each file that it had
 * synced.
 */
export async function recordAndKill(
  root: string,
  state: string,
  picture: Buffer,
  killAfterMs: number,
): Promise<Map<string, number>> {
  await mkdir(root, { recursive: true });
  const synced = `${root}.synced`;
  const env = {
    ...quietEnv({ NODE_OPTIONS: `--import=${WITNESS}`, SYNC_WITNESS: synced }),
    XDG_STATE_HOME: state,
  };
  // Short segments, so that kills fall into the change from one to the next, too.
  const args = ['--json', '--ports', '0,0,0', '--record', root, '--segment', '1s'];
  await using daemon = startMeet(args, { program: 'meetd', cwd: root, env });
  const { ports } = await daemon.event('ready');
  const ending = new AbortController();
  const senders = PARTICIPANTS.map((name) => send(name, ports, picture, ending.signal));
  // On a busy machine most of them would come before the first frame, and there would be little to find.
  if (killAfterMs > EARLY_MS) await daemon.event('recording');
  await delay(killAfterMs);
  const { signal } = await daemon.end('SIGKILL');
  ending.abort();
  await Promise.all(senders);
  if (signal !== 'SIGKILL') throw new Error(`the daemon ended by itself, with ${String(signal)}`);
  return acknowledged(await readFile(synced, 'utf8'));
}

function acknowledged(text: string): Map<string, number> {
  // The last line may be cut by the kill.
  const lines = text.split('\n').slice(0, -1);
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

/** Real time: sound each 20 ms, a screen at 15 a second, a camera that is on every other second. */
async function send(
  name: string,
  ports: { readonly screen: number; readonly video: number; readonly audio: number },
  picture: Buffer,
  ending: AbortSignal,
): Promise<void> {
  const hello = { name, session: newSession() };
  const clients = await Promise.allSettled([
    NativeClient.join(ports.screen, 'screen', hello),
    NativeClient.join(ports.video, 'video', hello),
    NativeClient.join(ports.audio, 'audio', { ...hello, format: SOUND }),
  ]);
  // Killed before they were welcome.
  const [screen, video, audio] = clients.map((each) =>
    each.status === 'fulfilled' ? each.value : undefined,
  );
  const beganMs = performance.now();
  let chunks = 0;
  for (let sequence = 0; !ending.aborted; sequence += 1) {
    const atMs = performance.now() - beganMs;
    const capturedAtUs = Date.now() * 1000;
    for (; chunks < atMs / CHUNK_MS; chunks += 1) {
      const chunk = Buffer.alloc(CHUNK_BYTES, chunks % 256);
      audio?.send(wireSound({ sequence: chunks, capturedAtUs }, chunk));
    }
    screen?.sendPicture({ sequence, capturedAtUs }, picture);
    if (Math.floor(atMs / 1000) % 2 === 1) video?.sendPicture({ sequence, capturedAtUs }, picture);
    await delay(PICTURE_MS, undefined, { signal: ending }).catch(() => undefined);
  }
}
