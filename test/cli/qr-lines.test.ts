import { describe, expect, it } from 'vitest';

import { qrLines } from '../../src/cli/qr-lines.js';
import { decodeQrLines } from '../setup/qr-lines.js';

const URL_TEXT = `meet://10.0.0.5/lab#invite=AbCdEfGh.${'x'.repeat(32)}&pin=${'A'.repeat(43)}`;

describe('a QR code', () => {
  it.each([
    { colors: true, blocks: true },
    { colors: false, blocks: true },
    { colors: true, blocks: false },
    { colors: false, blocks: false },
  ])('is read by a camera from lines of %j', async (form) => {
    const { text, columns } = await qrLines(URL_TEXT, form);
    expect(decodeQrLines(text)).toBe(URL_TEXT);
    expect(text.includes('\u001b')).toBe(form.colors);
    // eslint's own rule has no control characters in a pattern.
    const shown = text
      .split('\n')[0]
      ?.split('\u001b')
      .map((part) => part.replace(/^\[[\d;]*m/, ''));
    expect(Array.from(shown?.join('') ?? '').length).toBe(columns);
    if (!form.blocks) expect(/[^ -~\n\u001b]/.test(text)).toBe(false);
  });
});
