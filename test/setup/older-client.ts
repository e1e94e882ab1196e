/**
 * Runs test/setup/older-client.py, a client of the older plain framing. Owns the child process and
 * the reading of its lines; decides nothing about what is sent. Ask `needs('python3', 'ffmpeg')` first.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { python3Path } from './programs.js';

const SCRIPT = fileURLToPath(new URL('./older-client.py', import.meta.url));

const SENT_KINDS = z.enum(['screen', 'video', 'audio']);

/** The lines of the script; its head describes them. */
const LINE = z.discriminatedUnion('event', [
  z.object({ event: z.literal('connected'), ports: z.array(z.number()) }),
  z.object({
    event: z.literal('sent'),
    kind: SENT_KINDS,
    frame: z.number(),
    sha256: z.string(),
    bytes: z.number().optional(),
    width: z.number().optional(),
    height: z.number().optional(),
  }),
  z.object({
    event: z.literal('received'),
    frame: z.number(),
    width: z.number(),
    height: z.number(),
    dtype: z.string(),
    sha256: z.string(),
    file: z.string().nullable(),
  }),
  z.object({ event: z.literal('closed'), kind: SENT_KINDS }),
  z.object({ event: z.literal('done'), audioSha256: z.string() }),
]);

export type OlderClientLine = z.infer<typeof LINE>;

export interface OlderClient {
  /** All lines so far; grows. */
  readonly lines: readonly OlderClientLine[];
  /** Resolves when the script has ended by itself with 0; rejects with its stderr otherwise. */
  readonly ended: Promise<void>;
  /** Resolves with the first line of that event, also a past one; rejects if it never comes. */
  next(event: OlderClientLine['event']): Promise<OlderClientLine>;
  /** It reads and writes nothing more, and is not gone. */
  freeze(): void;
  /** Ends the script if it still runs and waits for it. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts the client against three ports on loopback. `options` are the script's own, such as
 * `['--frames', '3', '--size', '320x240']`. `within`: a command that runs it, as `ip netns exec NAME`.
 */
export function startOlderClient(
  ports: readonly [screen: number, video: number, audio: number],
  options: readonly string[] = [],
  within: readonly string[] = [],
): OlderClient {
  const words = [python3Path(), SCRIPT, '--ports', ports.join(','), ...options];
  const [program = '', ...args] = [...within, ...words];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: OlderClientLine[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const each of waiting) each();
  };
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(LINE.parse(JSON.parse(text)));
    wake();
  });
  let over = false;
  const closed = once(child, 'close').then(() => {
    over = true;
    wake();
  });
  const ended = closed.then(() => {
    if (child.exitCode !== 0) throw new Error(`older-client.py failed: ${stderr}`);
  });
  ended.catch(() => undefined); // whoever is interested awaits it
  return {
    lines,
    ended,
    next: (event) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const line = lines.find((each) => each.event === event);
          if (line === undefined && !over) return;
          waiting.delete(look);
          if (line !== undefined) resolve(line);
          else reject(new Error(`older-client.py ended without "${event}": ${stderr}`));
        };
        waiting.add(look);
        look();
      }),
    freeze() {
      child.kill('SIGSTOP');
    },
    async close() {
      child.kill('SIGTERM');
      child.kill('SIGCONT');
      await closed;
    },
  };
}
