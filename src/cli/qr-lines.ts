/**
 * A QR code as lines of a terminal, or of a file. Owns its forms, dark on light where colours may be
 * used; what it says is its caller's.
 */

export interface QrForm {
  /** Else what is dark are the characters alone, as on paper. */
  readonly colors: boolean;
  /** Two rows of modules in each line of half blocks; else one, of two cells a module, in ASCII. */
  readonly blocks: boolean;
}

export interface QrLines {
  readonly text: string;
  /** Cells of each line: in a narrower terminal they would break, and no camera reads them. */
  readonly columns: number;
}

/** Modules of light around it; ISO/IEC 18004 asks for four, and cameras do with two. */
const BORDER = 2;

export async function qrLines(text: string, { colors, blocks }: QrForm): Promise<QrLines> {
  const { default: encodeQR } = await import('qr');
  const modules = encodeQR(text, 'raw', { ecc: 'low', border: BORDER });
  const lines = blocks ? blockLines(modules) : modules.map((row) => asciiLine(row, colors));
  // Black on bright white, whatever the terminal's colours.
  const [before, behind] = colors ? ['\u001b[30;107m', '\u001b[0m'] : ['', ''];
  return {
    text: lines.map((line) => `${before}${line}${behind}\n`).join(''),
    columns: modules.length * (blocks ? 1 : 2),
  };
}

function blockLines(modules: readonly (readonly boolean[])[]): string[] {
  const lines: string[] = [];
  for (let y = 0; y < modules.length; y += 2) {
    const lower = modules[y + 1] ?? [];
    lines.push((modules[y] ?? []).map((dark, x) => half(dark, lower[x] ?? false)).join(''));
  }
  return lines;
}

function half(upper: boolean, lower: boolean): string {
  if (upper) return lower ? '█' : '▀';
  return lower ? '▄' : ' ';
}

function asciiLine(row: readonly boolean[], colors: boolean): string {
  if (!colors) return row.map((dark) => (dark ? '##' : '  ')).join('');
  return row.map((dark) => (dark ? '\u001b[40m  ' : '\u001b[107m  ')).join('');
}
