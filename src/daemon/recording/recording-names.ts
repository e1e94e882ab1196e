/**
 * The names of recordings on disk. Owns how hostile text becomes one safe path segment, and how a
 * picture's file is numbered; touches no disk.
 */
import { createHash } from 'node:crypto';
import type { PictureKind } from '../../transport/stream-kind.js';

/** Longest segment made of a peer's text. */
export const SAFE_NAME_LENGTH = 40;
/** Text beyond this is not looked at: 40 characters never need more of it. */
const LOOK_AT_LENGTH = 256;
/** What stands for a name of which nothing is left. */
export const UNNAMED = 'unnamed';
/** Hexadecimal digits that tell apart names of which letters were lost: 32 bits. */
const TELLING_DIGITS = 8;

/**
 * One path segment of any text: `[a-z0-9._-]`, 1 to 40 characters, no dot or dash first or
 * last. Accents are taken off, capitals made small, everything else becomes one dash. Where letters
 * or signs of other scripts are lost, a hash of the whole text stands behind what is left: two rooms
 * must not share a folder because neither has a Latin letter.
 */
export function safeName(text: string): string {
  const looked = text.slice(0, LOOK_AT_LENGTH);
  const plain = looked
    .normalize('NFKD')
    .replace(/\p{Mark}+/gu, '')
    .toLowerCase();
  const cleaned = latinSegment(plain, SAFE_NAME_LENGTH);
  if (text === '') return UNNAMED;
  if (cleaned !== '' && !/[^\0-\x7f]/.test(plain)) return cleaned;
  const room = SAFE_NAME_LENGTH - TELLING_DIGITS - 1;
  return `${latinSegment(plain, room) || UNNAMED}-${tellingDigits(looked)}`;
}

function latinSegment(plain: string, length: number): string {
  return plain
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/[.-]{2,}/g, (run) => (run.includes('-') ? '-' : '.'))
    .replace(/^[.-]+/, '')
    .slice(0, length)
    .replace(/[.-]+$/, '');
}

function tellingDigits(text: string): string {
  const hash = createHash('sha256').update(text.normalize('NFC').toLowerCase());
  return hash.digest('hex').slice(0, TELLING_DIGITS);
}

/** `20261123T121530Z`: UTC, ISO 8601's basic form, so that names sort by time. */
export function startStamp(startedAtUs: number): string {
  const iso = new Date(Math.floor(startedAtUs / 1000)).toISOString();
  return `${iso.slice(0, 19).replace(/[-:]/g, '')}Z`;
}

/** `audio-0001.wav`, from 1 on. */
export function wavFileName(number: number): string {
  return `audio-${String(number).padStart(4, '0')}.wav`;
}

/** `index.jsonl`; after a failed sync `index-0002.jsonl` and so on. */
export function indexFileName(number: number): string {
  return number === 1 ? 'index.jsonl' : `index-${String(number).padStart(4, '0')}.jsonl`;
}

/** `screen/000000123-1795436130123.jpg`, relative to the recording's folder. */
export function pictureFileName(kind: PictureKind, number: number, capturedAtUs: number): string {
  const capturedMs = Number.isSafeInteger(capturedAtUs)
    ? Math.max(0, Math.floor(capturedAtUs / 1000))
    : 0;
  return `${kind}/${String(number).padStart(9, '0')}-${capturedMs}.jpg`;
}

/** The most that nine digits hold. */
const MOST_BY_WIRE = 999_999_999;

/**
 * Gives each picture of one kind a number that never repeats and always grows: the sequence on the
 * wire, so that a gap in names is a loss. When the wire's sequence goes back (the publisher began
 * anew, or 2^32 came round) or has ten digits, the count goes on from the last number and keeps in
 * step with the wire from there.
 */
export class PictureNumbers {
  #base = 0;
  #last = -1;

  next(sequence: number): number {
    let number = this.#base + sequence;
    if (number <= this.#last || number > MOST_BY_WIRE) {
      number = this.#last + 1;
      this.#base = number - sequence;
    }
    this.#last = number;
    return number;
  }
}
