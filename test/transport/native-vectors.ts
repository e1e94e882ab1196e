/**
 * The committed streams of the native framing (test/vectors/native, written by make-native.py) with
 * what a reader is to make of each. Owns their parsing and the reader that is watched.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { z } from 'zod';
import { MeetError } from '../../src/transport/errors.js';
import { limitsWith } from '../../src/transport/limits.js';
import type { Limits } from '../../src/transport/limits.js';
import { NativeReader } from '../../src/transport/native-reader.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import type { StreamKind } from '../../src/transport/stream-kind.js';

const FOLDER = new URL('../vectors/native/', import.meta.url);

export interface NativeVector {
  readonly name: string;
  readonly kind: StreamKind;
  /** One line for each callback, and for the error at the end where there is one. */
  readonly expected: readonly string[];
  readonly bytes: Buffer;
}

export const NATIVE_VECTORS: readonly NativeVector[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.hex'))
  .map((file) => readVector(file));

function readVector(file: string): NativeVector {
  const [head = '', hex = ''] = readFileSync(new URL(file, FOLDER), 'utf8').split('\n\n');
  const [kindLine = '', ...expected] = head.split('\n');
  return {
    name: file.replace('.hex', '').replaceAll('-', ' '),
    kind: z.enum(STREAM_KINDS).parse(kindLine.replace('kind ', '')),
    expected,
    bytes: Buffer.from(hex.replaceAll('\n', ''), 'hex'),
  };
}

/** A reader whose callbacks are written down as the vectors write them. */
export function watchedReader(
  kind: StreamKind,
  limits: Limits = limitsWith(),
): { reader: NativeReader; seen: string[] } {
  const seen: string[] = [];
  const reader = new NativeReader(kind, limits, {
    onPreamble({ version, kindNumber }) {
      seen.push(`preamble ${version} ${kindNumber}`);
    },
    onControl(payload) {
      seen.push(`control ${JSON.stringify(payload.toString('latin1'))}`);
    },
    onMedia(frame) {
      const flags = frame.unchanged ? 'unchanged' : frame.key ? 'key' : 'none';
      const { sequence, capturedAtUs, encodedAfterUs, payload } = frame;
      const words = `media ${sequence} ${capturedAtUs} ${encodedAfterUs} ${flags}`;
      seen.push(`${words} ${payload.toString('hex')}`.trimEnd());
    },
  });
  return { reader, seen };
}

/** Gives chunks to the reader through its window; what it refuses with is the last line seen. */
export function readChunks(kind: StreamKind, chunks: readonly Buffer[]): string[] {
  const { reader, seen } = watchedReader(kind);
  try {
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length;) {
        const window = reader.window();
        const count = chunk.copy(window, 0, at);
        if (count === 0) throw new Error(`an empty window at byte ${at}`);
        at += count;
        reader.advance(count);
      }
    }
  } catch (thrown) {
    if (!(thrown instanceof MeetError)) throw thrown;
    seen.push(`error ${thrown.code}`);
  }
  return seen;
}
