import { describe, expect, it } from 'vitest';
import { TileDecoder } from '../../../src/tui/pictures/tile-decoder.js';
import type { TileDecoderOptions } from '../../../src/tui/pictures/tile-decoder.js';
import { ManualClock } from '../../setup/manual-clock.js';

/** A decoder whose pictures are finished by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly started: { slot: number; text: string; finish: () => void; fail: () => void }[] = [];
  readonly drawn: [slot: number, text: string][] = [];
  readonly decoder: TileDecoder<string>;
  open = true;

  constructor(options: Partial<TileDecoderOptions<string>> = {}) {
    this.decoder = new TileDecoder<string>({
      clock: this.clock,
      intervalMs: () => 100,
      mayDraw: () => this.open,
      draw: (slot, jpeg) =>
        new Promise((resolve, reject) => {
          const text = jpeg.toString();
          const finish = (): void => {
            resolve(text);
          };
          const fail = (): void => {
            reject(new Error('broken'));
          };
          this.started.push({ slot, text, finish, fail });
        }),
      onDrawn: (slot, text) => this.drawn.push([slot, text]),
      ...options,
    });
  }

  offer(slot: number, text: string): void {
    this.decoder.offer(slot, Buffer.from(text));
  }

  get underWay(): string[] {
    return this.started.map(({ text }) => text);
  }
}

/** All that promises do at once has been done. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('the pictures of the tiles', () => {
  it('draws two at a time over all tiles', async () => {
    const bench = new Bench();
    for (const slot of [0, 1, 2, 3]) bench.offer(slot, `p${slot}`);
    expect(bench.underWay).toEqual(['p0', 'p1']);
    bench.started[0]?.finish();
    await settled();
    expect(bench.underWay).toEqual(['p0', 'p1', 'p2']);
    expect(bench.drawn).toEqual([[0, 'p0']]);
  });

  it('keeps only the newest picture of a tile and counts the others', async () => {
    const bench = new Bench();
    for (const text of ['a', 'b', 'c', 'd']) bench.offer(0, text);
    expect(bench.underWay).toEqual(['a']);
    bench.started[0]?.finish();
    await settled();
    bench.clock.advance(100);
    expect(bench.underWay).toEqual(['a', 'd']);
    expect(bench.decoder.stats).toEqual({ replaced: 2, broken: 0 });
  });

  it('draws a tile at most once in an interval', async () => {
    const bench = new Bench();
    bench.offer(0, 'a');
    bench.started[0]?.finish();
    await settled();
    bench.offer(0, 'b');
    bench.clock.advance(79);
    expect(bench.underWay).toEqual(['a']);
    bench.clock.advance(2);
    expect(bench.underWay).toEqual(['a', 'b']);
  });

  it('draws nothing while nothing can be shown, then the newest', () => {
    const bench = new Bench();
    bench.open = false;
    bench.offer(0, 'a');
    bench.offer(0, 'b');
    expect(bench.underWay).toEqual([]);
    bench.open = true;
    bench.decoder.pump();
    expect(bench.underWay).toEqual(['b']);
  });

  it('gives each tile its turn when there is more than can be drawn', async () => {
    const bench = new Bench({ intervalMs: () => 0 });
    for (let n = 0; n < 24; n += 1) {
      for (const slot of [0, 1, 2, 3]) bench.offer(slot, `${slot}`);
      bench.started.at(-2)?.finish();
      bench.started.at(-1)?.finish();
      await settled();
    }
    const turns = [0, 1, 2, 3].map((slot) => bench.drawn.filter(([of]) => of === slot).length);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(1);
  });

  it('goes on after a picture that could not be drawn', async () => {
    const bench = new Bench();
    bench.offer(0, 'bad');
    bench.started[0]?.fail();
    await settled();
    bench.offer(0, 'good');
    bench.clock.advance(100);
    bench.started[1]?.finish();
    await settled();
    expect(bench.drawn).toEqual([[0, 'good']]);
    expect(bench.decoder.stats.broken).toBe(1);
  });

  it('shows nothing of a tile that was forgotten while its picture was drawn', async () => {
    const bench = new Bench();
    bench.offer(0, 'a');
    bench.decoder.forget(0);
    bench.started[0]?.finish();
    await settled();
    expect(bench.drawn).toEqual([]);
  });

  it('draws the same picture again when asked, at once', async () => {
    const bench = new Bench();
    bench.offer(0, 'a');
    bench.started[0]?.finish();
    await settled();
    bench.decoder.redraw(0);
    expect(bench.underWay).toEqual(['a', 'a']);
  });

  it('ends when what is under way has ended, and takes nothing more', async () => {
    const bench = new Bench();
    bench.offer(0, 'a');
    let closed = false;
    const closing = bench.decoder.close().then(() => {
      closed = true;
    });
    await settled();
    expect(closed).toBe(false);
    bench.offer(1, 'b');
    bench.started[0]?.finish();
    await closing;
    await bench.decoder.close();
    expect(bench.underWay).toEqual(['a']);
  });
});
