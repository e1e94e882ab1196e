/**
 * The status of a running daemon, asked at its control socket by the record that `meet status` sends.
 * Owns one connection a question: tests look again and again, and a program for each look would take
 * longer than what is looked at.
 */
import { z } from 'zod';
import { systemClock } from '../../src/transport/clock.js';
import { controlNames, controlPath } from '../../src/transport/control-folder.js';
import { connectControl } from '../../src/transport/control-socket.js';
import { limitsWith } from '../../src/transport/limits.js';
import { Journal } from '../setup/journal.js';

const STREAM = z.looseObject({
  kind: z.string(),
  self: z.string(),
  host: z.string(),
  selfSinceUs: z.number(),
  hostSinceUs: z.number(),
});
const STATUS = z.looseObject({
  participants: z.array(z.looseObject({ name: z.string(), streams: z.array(STREAM) })),
  streams: z.array(z.looseObject({ name: z.string(), kind: z.string(), frames: z.number() })),
});

export type StreamStatus = z.infer<typeof STREAM> & { readonly frames: number };

type Env = Readonly<Record<string, string | undefined>>;

/** A stream as the first daemon of this environment shows it, with the frames that have come. */
export async function streamStatus(env: Env, name: string, kind: string): Promise<StreamStatus> {
  const { participants, streams } = STATUS.parse(await askStatus(env));
  const entry = participants.find((each) => each.name === name);
  const stream = entry?.streams.find((each) => each.kind === kind);
  if (stream === undefined) throw new Error(`${name} has no ${kind}`);
  const row = streams.find((each) => each.name === name && each.kind === kind);
  return { ...stream, frames: row?.frames ?? 0 };
}

async function askStatus(env: Env): Promise<unknown> {
  const socket = controlNames(env, process.platform).find((each) => each.startsWith('daemon-'));
  if (socket === undefined) throw new Error('no daemon has a control socket here');
  const answers = new Journal<unknown>();
  const connection = await connectControl(controlPath(socket, env, process.platform), {
    limits: limitsWith({ 'control-bytes': 4 * 1024 * 1024 }),
    clock: systemClock,
    handlers: {
      onControl: (_, record) => {
        if (record.type === 'done') answers.push(record.data);
      },
    },
  });
  void connection.ended.then(() => {
    answers.end('the daemon has ended the connection');
  });
  try {
    connection.send({ type: 'query', id: 1, what: 'status' });
    return await answers.first(() => true);
  } finally {
    await connection.close();
  }
}
