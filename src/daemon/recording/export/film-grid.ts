/**
 * Where each stream is in a film: cells of one size side by side, a line with the name under each.
 * Owns the arithmetic; draws nothing.
 */

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Cell {
  readonly picture: Rectangle;
  /** Where the name is written. */
  readonly label: Rectangle;
}

/** Most pictures of the world are about as wide. */
const ASPECT = 16 / 9;
const LABEL_LEAST = 14;
const LABEL_MOST = 36;
/** Of a cell's height. */
const LABEL_SHARE = 0.07;

/** Cells for `count` streams in a picture of `width` x `height`, row by row. */
export function filmGrid(count: number, width: number, height: number): Cell[] {
  const columns = columnsFor(count, width, height);
  const rows = Math.max(1, Math.ceil(count / columns));
  const cellWidth = even(width / columns);
  const cellHeight = even(height / rows);
  const label = Math.min(cellHeight - 2, labelHeight(cellHeight));
  return Array.from({ length: count }, (_, index) => {
    const x = (index % columns) * cellWidth;
    const y = Math.floor(index / columns) * cellHeight;
    const pictureHeight = cellHeight - label;
    return {
      picture: { x, y, width: cellWidth, height: pictureHeight },
      label: { x, y: y + pictureHeight, width: cellWidth, height: label },
    };
  });
}

/** The number of columns with which a picture of usual shape gets largest. */
function columnsFor(count: number, width: number, height: number): number {
  let best = { columns: 1, area: 0 };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const cellWidth = width / columns;
    const cellHeight = (height / rows) * (1 - LABEL_SHARE);
    const shown = Math.min(cellWidth, cellHeight * ASPECT);
    const area = (shown * shown) / ASPECT;
    if (area > best.area) best = { columns, area };
  }
  return best.columns;
}

function labelHeight(cellHeight: number): number {
  return even(Math.max(LABEL_LEAST, Math.min(LABEL_MOST, cellHeight * LABEL_SHARE)));
}

/** H.264 with 4:2:0 wants even sizes. */
function even(value: number): number {
  return Math.max(2, Math.floor(value / 2) * 2);
}
