/**
 * What stands before a JPEG's picture: sizes, components, tables (ITU-T T.81, annex B). Owns what
 * segments say of the plain kind that cameras, screens and encoders make; anything else is left to the
 * decoder that knows all of it.
 */
import type { AcTable, DcTable, HuffmanTables } from './jpeg-huffman.js';
import { jpegSegments } from './jpeg-segments.js';

const SOF_BASELINE = 0xc0;
const SOF_EXTENDED = 0xc1;
const DHT = 0xc4;
const SOS = 0xda;
const DQT = 0xdb;
const DRI = 0xdd;
/** A colour profile and Adobe's colours: not what is read here. */
const APP2 = 0xe2;
const APP14 = 0xee;
const APP_LAST = 0xef;
const APP_FIRST = 0xe0;
const COMMENT = 0xfe;

const SAMPLING_MAX = 2;
const HUFFMAN_COUNTS = 16;
const COEFFICIENTS = 64;
/** Each way. */
export const BLOCK_PIXELS = 8;

/** One of Y, Cb, Cr, or the grey. */
export interface JpegComponent {
  readonly id: number;
  /** Blocks across and down in a unit of the scan (T.81, A.2.3). */
  readonly across: number;
  readonly down: number;
  /** By zigzag place. */
  readonly quantizers: Uint16Array;
  readonly dc: DcTable;
  readonly ac: AcTable;
}

/** What a scan is made of: blocks of each component that belong together (T.81, A.2.3). */
export interface JpegUnits {
  readonly unitsAcross: number;
  readonly unitsDown: number;
  /** Most blocks of a component in a unit. */
  readonly across: number;
  readonly down: number;
}

export interface JpegLayout {
  readonly width: number;
  readonly height: number;
  /** One or three. */
  readonly components: readonly JpegComponent[];
  readonly units: JpegUnits;
  /** Units between two restarts; 0: none. */
  readonly restartUnits: number;
  /** Where the picture's bits begin. */
  readonly scanAt: number;
}

interface Sampled {
  readonly id: number;
  readonly across: number;
  readonly down: number;
  readonly quantizer: number;
}

/** What the segments have said so far. */
interface Known {
  width: number;
  height: number;
  sampled: Sampled[];
  restartUnits: number;
  readonly quantizers: Map<number, Uint16Array>;
  readonly dc: Map<number, DcTable>;
  readonly ac: Map<number, AcTable>;
}

/**
 * Undefined for what is not baseline Huffman in one scan, grey or YCbCr: progressive and arithmetic
 * JPEGs, CMYK, RGB, colour profiles, and what is damaged.
 */
export function readJpegLayout(jpeg: Buffer, tables: HuffmanTables): JpegLayout | undefined {
  const known: Known = {
    ...{ width: 0, height: 0, sampled: [], restartUnits: 0 },
    ...{ quantizers: new Map(), dc: new Map(), ac: new Map() },
  };
  for (const { marker, body, end } of jpegSegments(jpeg)) {
    if (marker === SOS) return withScan(known, body, end);
    if (!readSegment(known, marker, body, tables)) return undefined;
  }
  return undefined;
}

/** False: not of the plain kind. */
function readSegment(known: Known, marker: number, body: Buffer, tables: HuffmanTables): boolean {
  switch (marker) {
    case SOF_BASELINE:
    case SOF_EXTENDED:
      return readFrameHeader(known, body);
    case DHT:
      return readHuffman(known, body, tables);
    case DQT:
      return readQuantizers(known, body);
    case DRI:
      known.restartUnits = body.length >= 2 ? body.readUInt16BE(0) : 0;
      return true;
    case APP2:
    case APP14:
      return false;
    default:
      return marker === COMMENT || (marker >= APP_FIRST && marker <= APP_LAST);
  }
}

/** T.81, B.2.2. */
function readFrameHeader(known: Known, body: Buffer): boolean {
  const count = body[5] ?? 0;
  if (body[0] !== 8 || (count !== 1 && count !== 3) || body.length < 6 + 3 * count) return false;
  known.height = body.readUInt16BE(1);
  known.width = body.readUInt16BE(3);
  known.sampled = Array.from({ length: count }, (_, index) => {
    const [id = 0, sampling = 0, quantizer = 0] = body.subarray(6 + 3 * index);
    return { id, across: sampling >> 4, down: sampling & 15, quantizer };
  });
  const fits = (factor: number): boolean => factor >= 1 && factor <= SAMPLING_MAX;
  return (
    known.width > 0 &&
    known.height > 0 &&
    known.sampled.every(({ across, down }) => fits(across) && fits(down))
  );
}

/** T.81, B.2.4.2. */
function readHuffman(known: Known, body: Buffer, tables: HuffmanTables): boolean {
  for (let at = 0; at + 1 + HUFFMAN_COUNTS <= body.length;) {
    const place = body[at] ?? 0;
    const counts = body.subarray(at + 1, at + 1 + HUFFMAN_COUNTS);
    const end = at + 1 + HUFFMAN_COUNTS + counts.reduce((sum, count) => sum + count, 0);
    if (end > body.length) return false;
    const spec = body.subarray(at + 1, end);
    const made =
      place >> 4 === 0
        ? kept(known.dc, place & 15, tables.dc(spec))
        : kept(known.ac, place & 15, tables.ac(spec));
    if (!made) return false;
    at = end;
  }
  return true;
}

function kept<T>(places: Map<number, T>, place: number, table: T | undefined): boolean {
  if (table === undefined) return false;
  places.set(place, table);
  return true;
}

/** T.81, B.2.4.1; of one byte each, as baseline has them. */
function readQuantizers(known: Known, body: Buffer): boolean {
  for (let at = 0; at < body.length; at += 1 + COEFFICIENTS) {
    const place = body[at] ?? 0;
    if (place > 3 || at + 1 + COEFFICIENTS > body.length) return false;
    known.quantizers.set(place, Uint16Array.from(body.subarray(at + 1, at + 1 + COEFFICIENTS)));
  }
  return true;
}

/** T.81, B.2.3: all components in the one scan, in the frame's order. */
function withScan(known: Known, body: Buffer, scanAt: number): JpegLayout | undefined {
  const { width, height, sampled, restartUnits } = known;
  if (width === 0 || body[0] !== sampled.length || body.length < 1 + 2 * sampled.length) {
    return undefined;
  }
  const components: JpegComponent[] = [];
  for (const [index, { id, across, down, quantizer }] of sampled.entries()) {
    const [scanned, places = 0] = body.subarray(1 + 2 * index);
    const quantizers = known.quantizers.get(quantizer);
    const dc = known.dc.get(places >> 4);
    const ac = known.ac.get(places & 15);
    if (scanned !== id || !quantizers || !dc || !ac) return undefined;
    components.push({ id, across, down, quantizers, dc, ac });
  }
  return { width, height, components, units: unitsOf(known), restartUnits, scanAt };
}

/** A scan of one component has a block a unit, whatever its factors (T.81, A.2.2). */
function unitsOf({ width, height, sampled }: Known): JpegUnits {
  const isOne = sampled.length === 1;
  const across = isOne ? 1 : Math.max(...sampled.map((component) => component.across));
  const down = isOne ? 1 : Math.max(...sampled.map((component) => component.down));
  const unitsAcross = Math.ceil(width / (BLOCK_PIXELS * across));
  return { unitsAcross, unitsDown: Math.ceil(height / (BLOCK_PIXELS * down)), across, down };
}
