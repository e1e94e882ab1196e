/**
 * Which tile is to be shown alone though it is not there: the one named on the command line, or the
 * one that was alone when it went. Owns that memory, until its user looks elsewhere; draws nothing.
 */
import type { DashboardState } from './dashboard-state.js';
import type { Tile } from './tile.js';

export interface ZoomWish {
  readonly name: string;
  /** Left out: the first tile of that name. */
  readonly kind?: Tile['kind'];
}

export class ZoomMemory {
  #wish: ZoomWish | undefined;

  constructor(wish: ZoomWish | undefined) {
    this.#wish = wish;
  }

  /** What changes in the view when these tiles come after those of the state. */
  follow(
    { tiles: before, focus, zoomed }: Pick<DashboardState, 'tiles' | 'focus' | 'zoomed'>,
    tiles: readonly Tile[],
  ): Partial<Pick<DashboardState, 'focus' | 'zoomed'>> {
    const isGone = zoomed && !tiles.some(({ key }) => key === focus);
    const former = isGone ? before.find(({ key }) => key === focus) : undefined;
    if (former !== undefined) this.#wish = wishFor(former);
    const wish = this.#wish;
    const tile = tiles.find(
      ({ name, kind }) => name === wish?.name && (wish.kind === undefined || wish.kind === kind),
    );
    if (tile !== undefined) {
      this.#wish = undefined;
      return { focus: tile.key, zoomed: true };
    }
    // All tiles, not another one alone in its place.
    return former === undefined ? {} : { zoomed: false };
  }

  /** Its user has chosen what to look at. */
  forget(): void {
    this.#wish = undefined;
  }
}

/** Sound has a tile only where it comes alone: with pictures beside it, they are what is wished. */
function wishFor({ name, kind }: Tile): ZoomWish {
  return kind === 'audio' ? { name } : { name, kind };
}
