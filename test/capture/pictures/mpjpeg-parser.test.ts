import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MpjpegParser } from '../../../src/capture/pictures/mpjpeg-parser.js';
import { MeetError } from '../../../src/transport/errors.js';

const CRLF = '\r\n';

/** As libavformat/mpjpegenc.c writes it. */
function mpjpeg(bodies: readonly Buffer[]): Buffer {
  const parts = bodies.map((body) => {
    const head = ['Content-type: image/jpeg', `Content-length: ${body.length}`, '', ''].join(CRLF);
    return Buffer.concat([Buffer.from(head), body, Buffer.from(`${CRLF}--ffmpeg${CRLF}`)]);
  });
  return Buffer.concat([Buffer.from(`--ffmpeg${CRLF}`), ...parts]);
}

interface Parsed {
  readonly pictures: Buffer[];
  begun: number;
  readonly parser: MpjpegParser;
}

function parsing(mostBytes?: number): Parsed {
  const parsed: Parsed = {
    pictures: [],
    begun: 0,
    parser: new MpjpegParser(
      {
        onBegin: () => {
          parsed.begun += 1;
        },
        onPicture: (jpeg) => {
          parsed.pictures.push(jpeg);
        },
      },
      mostBytes,
    ),
  };
  return parsed;
}

function faultOf(run: () => void): MeetError {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof MeetError) return thrown;
  }
  throw new Error('expected a MeetError');
}

/** Bodies that look like what stands around them. */
const BODIES = [
  Buffer.from([0xff, 0xd8, 1, 2, 3, 0xff, 0xd9]),
  Buffer.from(`${CRLF}--ffmpeg${CRLF}Content-length: 5${CRLF}${CRLF}`),
  Buffer.from([0x0a]),
];

describe("ffmpeg's multipart JPEG", () => {
  test('gives the same pictures wherever it is cut', () => {
    const bytes = mpjpeg(BODIES);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const { parser, pictures } = parsing();
      parser.push(bytes.subarray(0, cut));
      parser.push(bytes.subarray(cut));
      expect(pictures).toEqual(BODIES);
    }
  });

  test('gives the same pictures byte by byte, and tells when each begins', () => {
    const parsed = parsing();
    for (const byte of mpjpeg(BODIES)) parsed.parser.push(Buffer.from([byte]));
    expect(parsed.pictures).toEqual(BODIES);
    expect(parsed.begun).toBe(BODIES.length);
  });

  test('gives the same pictures in whatever pieces it comes', () => {
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 });
    const pieces = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 });
    fc.assert(
      fc.property(bodies, pieces, (arrays, sizes) => {
        const expected = arrays.map((array) => Buffer.from(array));
        const bytes = mpjpeg(expected);
        const { parser, pictures } = parsing();
        for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          parser.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(pictures).toEqual(expected);
      }),
    );
  });

  test('never ends in anything but a coded error, whatever comes', () => {
    const word = fc.constantFrom('Content-length: ', '7', CRLF, '\n', '--ffmpeg', 'x', '-1', 'e9');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 60 }), (words) => {
        const { parser, pictures } = parsing(64);
        try {
          parser.push(Buffer.from(words.join('')));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(MeetError);
        }
        expect(pictures.every(({ length }) => length <= 64)).toBe(true);
      }),
    );
  });

  test('refuses a picture above 16 MiB by its header alone', () => {
    const { parser, begun } = parsing();
    const head = (length: number): Buffer =>
      Buffer.from(`--ffmpeg${CRLF}Content-length: ${length}${CRLF}${CRLF}`);
    const fault = faultOf(() => {
      parser.push(head(16 * 1024 * 1024 + 1));
    });
    expect(fault.code).toBe('MEET_FRAME_TOO_LARGE');
    expect(begun).toBe(0);
    const atLimit = parsing();
    atLimit.parser.push(head(16 * 1024 * 1024));
    expect(atLimit.begun).toBe(1);
  });

  test('refuses bytes that never come to a picture', () => {
    for (const noise of ['x', '\n', `a: b${CRLF}`]) {
      const { parser } = parsing();
      const fault = faultOf(() => {
        for (let count = 0; count < 2000; count += 1) parser.push(Buffer.from(noise));
      });
      expect(fault.code).toBe('MEET_FRAME_MALFORMED');
    }
  });

  test('refuses an empty picture', () => {
    const fault = faultOf(() => {
      parsing().parser.push(mpjpeg([Buffer.alloc(0)]));
    });
    expect(fault.code).toBe('MEET_FRAME_MALFORMED');
  });
});
