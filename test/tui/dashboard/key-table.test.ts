import { describe, expect, it } from 'vitest';

import { keysLine } from '../../../src/tui/dashboard/bar-lines.js';
import { helpEntries } from '../../../src/tui/dashboard/dialog-lines.js';
import type { KeyFacts } from '../../../src/tui/dashboard/key-table.js';
import { KEY_TABLE, bindingOf, bindingsOf } from '../../../src/tui/dashboard/key-table.js';
import { painterFor } from '../../../src/tui/dashboard/paint.js';

const FACTS: readonly KeyFacts[] = [true, false].flatMap((host) =>
  [true, false].flatMap((share) =>
    [0, 1, 20].flatMap((tiles) =>
      [true, false].map((zoomed) => ({
        host,
        share,
        tiles,
        zoomed,
        pages: tiles > 9 ? 3 : 1,
        waiting: tiles,
        subjectKinds: ['screen', 'video', 'audio'],
      })),
    ),
  ),
);

describe('the key table', () => {
  it('gives a key one meaning in each scope and situation', () => {
    for (const facts of FACTS) {
      for (const scope of new Set(KEY_TABLE.map((binding) => binding.scope))) {
        const keys = bindingsOf(scope, facts).flatMap((binding) => binding.keys);
        expect(keys).toEqual([...new Set(keys)]);
      }
    }
  });

  it('always has help and a way out, and Ctrl-C in every scope', () => {
    for (const facts of FACTS) {
      expect(bindingOf('main', '?', facts)?.command).toBe('help');
      expect(bindingOf('main', 'q', facts)?.command).toBe('ask-quit');
      for (const scope of new Set(KEY_TABLE.map((binding) => binding.scope))) {
        expect(bindingOf(scope, 'ctrl-c', facts)?.command).toMatch(/quit$/);
      }
    }
  });

  it('gives host keys to the host alone and own streams to those who share', () => {
    for (const facts of FACTS) {
      expect(bindingOf('main', 'x', facts) !== undefined).toBe(facts.host && facts.tiles > 0);
      expect(bindingOf('main', 's', facts) !== undefined).toBe(facts.share);
      expect(bindingOf('main', 'd', facts) !== undefined).toBe(facts.share);
    }
  });

  it('is the help, whole', () => {
    // Who shares and who only watches have another key for one thing; in a recording nobody answers.
    const entries = [true, false].flatMap((share) =>
      [true, false].flatMap((player) => helpEntries({ host: true, share, player })),
    );
    const shown = entries.filter((entry) => typeof entry !== 'string');
    const asked = KEY_TABLE.filter(
      ({ scope }) => !['kick', 'help', 'players', 'offer', 'game'].includes(scope),
    );
    expect(new Set(shown)).toEqual(new Set(asked));
  });

  it('is the footer, as far as it fits, and help and quit always', () => {
    const painter = painterFor({ NO_COLOR: '1', LANG: 'C.UTF-8' });
    const bindings = bindingsOf('main', FACTS[0] ?? raise());
    for (let columns = 20; columns < 200; columns += 1) {
      const line = keysLine(bindings, columns, painter).replace(/\u001b\[\d+m/gu, '');
      expect(line).toHaveLength(columns);
      expect(line).toMatch(/\? help {2}q quit/);
      for (const part of line.trim().split('  ').filter(Boolean)) {
        expect(bindings.map(({ label, short }) => `${label} ${short ?? ''}`)).toContain(part);
      }
    }
  });
});

function raise(): never {
  throw new Error('no facts');
}
