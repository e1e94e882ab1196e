/** Pickles that no Python writes. Owns their making and the check that they are refused. */
import { expect } from 'vitest';
import { limitsWith } from '../../../src/transport/limits.js';
import { parsePicturePickle } from '../../../src/transport/older/pickle-picture.js';
import { thrownBy } from './thrown.js';

const limits = limitsWith();

/** Opcodes around a body, protocol 4. */
export function handmade(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(
    ['\x80\x04', ...parts].map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : part,
    ),
  );
}

/** The words that refuse it. */
export function refusal(bytes: Buffer): string {
  const error = thrownBy(() => parsePicturePickle(bytes, limits));
  expect(error.code).toBe('MEET_PICKLE_REFUSED');
  return error.message;
}
