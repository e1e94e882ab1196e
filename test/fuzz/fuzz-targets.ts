/**
 * The parsers of what peers and users send, each with inputs to change: valid ones, those of
 * test/vectors, and those of its corpus, each of which once came to another end than all before it.
 * Owns this table: a new parser is one more row.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { parseConfig } from '../../src/cli/config-file.js';
import { resolveOptions } from '../../src/cli/option-table.js';
import { SERVE_OPTIONS } from '../../src/cli/serve-options.js';
import { SHARE_OPTIONS } from '../../src/cli/share-options.js';
import { encodeControl, parseControl } from '../../src/transport/control.js';
import { makeFrame } from '../../src/transport/frame.js';
import type { FrameReader } from '../../src/transport/frame-reader.js';
import { feed } from '../../src/transport/frame-reader.js';
import { readJpegSize, requirePictureSize } from '../../src/transport/jpeg-header.js';
import { limitsWith } from '../../src/transport/limits.js';
import { NativeReader } from '../../src/transport/native-reader.js';
import { encodePicturePickle } from '../../src/transport/older/canonical-pickle.js';
import { OlderReader } from '../../src/transport/older/older-reader.js';
import { parsePicturePickle } from '../../src/transport/older/pickle-picture.js';
import { sniffOpening } from '../../src/transport/opening.js';
import { RECORD_HEADER_BYTES, encodePreamble } from '../../src/transport/record-header.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { NATIVE_VECTORS } from '../transport/native-vectors.js';
import { readCorpus } from './corpus.js';
import { INVITE, MATROSKA } from './file-targets.js';
import type { FuzzTarget } from './fuzz-run.js';
import type { Random } from './random.js';

/** Small, so that mutated lengths stay cheap and often cross them. */
const limits = limitsWith({
  'jpeg-bytes': 2048,
  'ndarray-bytes': 2048,
  'pcm-bytes': 1024,
  'picture-width': 640,
  'picture-height': 480,
});

const VECTORS = new URL('../vectors/', import.meta.url);
const PICKLES = [
  ...readdirSync(VECTORS)
    .filter((name) => name.endsWith('.pickle'))
    .map((name) => readFileSync(new URL(name, VECTORS))),
  encodePicturePickle(Buffer.alloc(4 * 5 * 3, 0x55), 4, 5),
];

/** Frame headers of 600x400 behind what cameras and PIL put before them. */
const JPEGS = [
  'ffd8ffc0001108019002580301110002110103110100112233',
  'ffd8ffe000104a46494600010100000100010000ffdb000301ffc2000b080001000101011100',
  'ffd8ffffffe10004beefffd0ff01ffc40002fffe0003aaffc00011080190025803011100021101031101ffda',
].map((hex) => Buffer.from(hex, 'hex'));

const SOUND = Buffer.alloc(64, 0x17);

function framed(sizeBytes: 4 | 8, body: Buffer, little = false): Buffer {
  const length = Buffer.alloc(sizeBytes);
  if (little) length.writeUInt32LE(body.length);
  else length.writeUInt32BE(body.length, sizeBytes - 4);
  return Buffer.concat([length, body]);
}

const OLDER_STREAMS = {
  screen: JPEGS.map((body) => framed(4, body)),
  video: PICKLES.flatMap((body) => [framed(8, body), framed(8, body, true)]),
  audio: [framed(4, SOUND), framed(4, SOUND.subarray(0, 4))],
};

/** Feeds a reader with the input in pieces; checks what every reader promises on the way. */
export function feedSplit(reader: FrameReader, input: Buffer, random: Random): void {
  for (let at = 0; at < input.length;) {
    const count = 1 + random.below(random.below(4) === 0 ? 3 : 64);
    feed(reader, input.subarray(at, at + count));
    at += count;
    if (reader.window().length === 0) throw new Error('an empty window');
    if (reader.receivedBytes > reader.expectedBytes) throw new Error('more than was expected');
  }
}

const OPENINGS: FuzzTarget = {
  name: 'opening',
  corpus: [
    ...STREAM_KINDS.map((kind) => encodePreamble(kind)),
    Buffer.from('1603010200010001fc0303', 'hex'),
    Buffer.from('GET / HTTP/1.1\r\n'),
    ...Object.values(OLDER_STREAMS).flatMap((streams) =>
      streams.map((bytes) => bytes.subarray(0, 16)),
    ),
  ],
  parse(input, random) {
    const kind = random.pick(STREAM_KINDS);
    let verdict = 'undecided';
    for (let count = 0; count <= Math.min(input.length, 12); count += 1) {
      const now = sniffOpening(kind, input.subarray(0, count), limits);
      if (verdict !== 'undecided' && now !== verdict) throw new Error(`${verdict}, then ${now}`);
      verdict = now;
    }
    if (input.length >= 8 && verdict === 'undecided') throw new Error('undecided after 8 bytes');
  },
};

function olderReader(kind: keyof typeof OLDER_STREAMS): FuzzTarget {
  return {
    name: `older ${kind} reader`,
    corpus: OLDER_STREAMS[kind].flatMap((bytes) => [bytes, Buffer.concat([bytes, bytes])]),
    parse(input, random) {
      let bodies = 0;
      const onBody = (record: Buffer): void => {
        bodies += record.length - 32;
      };
      feedSplit(new OlderReader({ kind, limits, onBody }), input, random);
      if (bodies > input.length) throw new Error('more came out than went in');
    },
  };
}

const PICKLE: FuzzTarget = {
  name: 'pickle',
  corpus: PICKLES,
  parse(input) {
    const { width, height, bgr } = parsePicturePickle(input, limits);
    if (bgr.length !== width * height * 3) throw new Error('pixels of another size');
    if (width > 640 || height > 480) throw new Error('larger than the limits');
  },
};

const JPEG_HEADER: FuzzTarget = {
  name: 'JPEG header',
  corpus: JPEGS,
  parse(input) {
    const size = readJpegSize(input);
    if (!(size.width > 0 && size.height > 0)) throw new Error('no size');
    requirePictureSize(size, limits);
  },
};

const CONTROLS = [
  encodeControl({ type: 'ping', id: 7, sentAtUs: 1_700_000_000_000_000 }),
  encodeControl({ type: 'bye', reason: 'draining', retryAfterMs: 500 }),
  encodeControl({ type: 'stream', state: 'stalled', reason: 'device "cam\u00e9ra" is gone' }),
  encodeControl({
    type: 'format',
    format: { codec: 'jpeg', width: 600, height: 400, fps: 10 },
  }),
];

/** A preamble, a control record, a picture, an unchanged picture. */
function nativeStreams(): Buffer[] {
  return STREAM_KINDS.flatMap((kind) =>
    CONTROLS.map((control, sequence) => {
      const payload = kind === 'audio' ? SOUND : (JPEGS[sequence] ?? SOUND.subarray(0, 0));
      const frame = { kind, sequence, capturedAtUs: 1_700_000_000_000_000 };
      const media = makeFrame(payload.length === 0 ? frame : { ...frame, payload }).record;
      return Buffer.concat([encodePreamble(kind), control, media, control]);
    }),
  );
}

const NATIVE_READER: FuzzTarget = {
  name: 'native reader',
  corpus: [...nativeStreams(), ...NATIVE_VECTORS.map(({ bytes }) => bytes)],
  parse(input, random) {
    const ignore = (): void => undefined;
    const sink = { onPreamble: ignore, onControl: ignore, onMedia: ignore };
    feedSplit(new NativeReader(random.pick(STREAM_KINDS), limits, sink), input, random);
  },
};

const CONTROL: FuzzTarget = {
  name: 'control record',
  corpus: CONTROLS.map((record) => record.subarray(RECORD_HEADER_BYTES)),
  parse(input) {
    parseControl(input);
  },
};

const OPENING_BRACE = 0x7b;

/** Short files that both commands take: of long ones hardly any is taken once it is changed. */
const CONFIGURATIONS = [
  '{}',
  '{ "json": true, "ports": [5051, 9999, 5052] }',
  'json = true\n',
  'ports = [0, 0, 0]\n# nothing else\n',
  '# nothing is set here\n',
].map((file) => Buffer.from(file));

/** Both kinds of file, and every option's own parser behind them. */
const CONFIGURATION: FuzzTarget = {
  name: 'configuration',
  corpus: CONFIGURATIONS,
  parse(input, random) {
    const json = input[0] === OPENING_BRACE;
    const path = json === random.below(8) > 0 ? 'meet.json' : 'meet.toml';
    const table = random.below(2) === 0 ? SERVE_OPTIONS : SHARE_OPTIONS;
    const file = parseConfig(path, input.toString('utf8'), table);
    resolveOptions(table, { flags: {}, env: {}, file });
  },
};

/** What a box of time is spent on: its parsers share it evenly. */
const BOXES = {
  preamble: [OPENINGS],
  headers: [NATIVE_READER, olderReader('screen'), olderReader('video'), olderReader('audio')],
  control: [CONTROL],
  jpeg: [JPEG_HEADER],
  pickle: [PICKLE],
  configuration: [CONFIGURATION],
  invite: [INVITE],
  matroska: [MATROSKA],
} as const satisfies Record<string, readonly FuzzTarget[]>;

export type FuzzBox = keyof typeof BOXES;

export const FUZZ_BOXES = Object.keys(BOXES) as readonly FuzzBox[];

/** The targets of a box, with their committed corpora. */
export function targetsOf(box: FuzzBox): readonly FuzzTarget[] {
  return BOXES[box].map((target: FuzzTarget) => ({
    ...target,
    corpus: [...target.corpus, ...readCorpus(target.name)],
  }));
}
