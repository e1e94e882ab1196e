/**
 * Moving the focus and the page over the grid. Owns the arithmetic of rows and edges: moves stop at
 * the edges, Tab goes around; changes no state by itself.
 */
import type { DashboardState } from './dashboard-state.js';
import { focusIndex, layoutFor, pageOf } from './dashboard-state.js';

export type Direction = 'left' | 'right' | 'up' | 'down' | 'next' | 'back';

/** The state's changes when the focus moves; the page follows it. */
export function moveFocus(state: DashboardState, direction: Direction): Partial<DashboardState> {
  const count = state.tiles.length;
  if (count === 0) return {};
  const index = focusIndex(state);
  const around = direction === 'next' || direction === 'back';
  const wanted = index + stepOf(state, direction);
  const target = around ? (wanted + count) % count : wanted;
  return target < 0 || target >= count ? {} : focusAt(state, target);
}

/** Another page, its first tile focused. */
export function turnPage(state: DashboardState, by: 1 | -1): Partial<DashboardState> {
  const layout = layoutFor(state);
  const { pages, tilesAPage } = layout.grid;
  const page = Math.max(0, Math.min(pageOf(state, layout) + by, pages - 1));
  return { page, focus: state.tiles[page * tilesAPage]?.key };
}

/** The nth tile of the page (0 is the first) alone; the same one again: all tiles. */
export function zoomDirect(state: DashboardState, nth: number): Partial<DashboardState> {
  const layout = layoutFor({ ...state, zoomed: false });
  const index = pageOf({ ...state, zoomed: false }, layout) * layout.grid.tilesAPage + nth;
  const tile = nth < layout.grid.tilesAPage ? state.tiles[index] : undefined;
  if (tile === undefined) return {};
  const again = state.zoomed && state.tiles[focusIndex(state)]?.key === tile.key;
  return { focus: tile.key, zoomed: !again };
}

/** The tile of that index focused, on its page. */
export function focusAt(state: DashboardState, index: number): Partial<DashboardState> {
  const { grid } = layoutFor({ ...state, zoomed: false });
  const page = grid.tilesAPage === 0 ? 0 : Math.floor(index / grid.tilesAPage);
  return { focus: state.tiles[index]?.key, page };
}

function stepOf(state: DashboardState, direction: Direction): number {
  // A zoomed tile is a row of its own: up and down go on, as left and right do.
  const across = Math.max(1, layoutFor(state).grid.across);
  switch (direction) {
    case 'left':
    case 'back':
      return -1;
    case 'right':
    case 'next':
      return 1;
    case 'up':
      return -across;
    case 'down':
      return across;
  }
}
