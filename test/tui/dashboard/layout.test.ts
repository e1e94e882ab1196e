import { describe, expect, it } from 'vitest';

import type { LayoutWish } from '../../../src/tui/dashboard/layout.js';
import { TILES_A_PAGE_MAX, layoutOf } from '../../../src/tui/dashboard/layout.js';

function wish(changes: Partial<LayoutWish>): LayoutWish {
  const all = { columns: 120, rows: 40, tiles: 4, zoomed: false };
  return { ...all, roster: undefined, chat: undefined, ...changes };
}

describe('the layout', () => {
  it('never takes more cells than there are, at any size', () => {
    for (let columns = 0; columns <= 240; columns += 7) {
      for (let rows = 0; rows <= 70; rows += 3) {
        for (const tiles of [0, 1, 2, 3, 5, 9, 10, 40]) {
          const layout = layoutOf(wish({ columns, rows, tiles }));
          const { grid } = layout;
          if (layout.kind !== 'full') continue;
          const gaps = Math.max(0, grid.across - 1);
          expect(grid.across * grid.tileColumns + gaps).toBeLessThanOrEqual(layout.mainColumns);
          expect(grid.down * grid.tileRows).toBeLessThanOrEqual(layout.mainRows);
          expect(grid.across * grid.down).toBeGreaterThanOrEqual(grid.tilesAPage);
          expect(grid.tilesAPage * grid.pages).toBeGreaterThanOrEqual(tiles);
          expect(layout.mainColumns + layout.sideColumns).toBeLessThanOrEqual(columns);
          expect(layout.rosterRows + layout.chatRows).toBeLessThanOrEqual(layout.mainRows);
        }
      }
    }
  });

  it('gives four tiles two rows, and one tile all', () => {
    expect(layoutOf(wish({ tiles: 4 })).grid).toMatchObject({ across: 2, down: 2, pages: 1 });
    expect(layoutOf(wish({ tiles: 1 })).grid).toMatchObject({ across: 1, down: 1, tileRows: 38 });
  });

  it('makes pages of what does not fit', () => {
    const many = layoutOf(wish({ tiles: 20 }));
    expect(many.grid.tilesAPage).toBeLessThanOrEqual(TILES_A_PAGE_MAX);
    expect(many.grid.pages).toBe(Math.ceil(20 / many.grid.tilesAPage));
    expect(layoutOf(wish({ tiles: 4, columns: 44, rows: 12 })).grid.pages).toBeGreaterThan(1);
  });

  it('shows panels beside the tiles where there is room, else in their place on request', () => {
    expect(layoutOf(wish({})).sideColumns).toBe(30);
    expect(layoutOf(wish({ columns: 60 })).sideColumns).toBe(0);
    const asked = layoutOf(wish({ columns: 60, chat: true }));
    expect(asked).toMatchObject({ mainColumns: 0, sideColumns: 60, chatRows: 38, rosterRows: 0 });
    expect(layoutOf(wish({ roster: false, chat: false })).mainColumns).toBe(120);
  });

  it('leaves names and meters below 40x10, and nothing where there is no cell', () => {
    expect(layoutOf(wish({ columns: 39 })).kind).toBe('names');
    expect(layoutOf(wish({ rows: 9 })).kind).toBe('names');
    expect(layoutOf(wish({ columns: 40, rows: 10 })).kind).toBe('full');
    expect(layoutOf(wish({ columns: 0, rows: 40 })).kind).toBe('nothing');
  });
});
