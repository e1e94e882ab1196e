/**
 * A page of man/ as its readers see it, and its tables as they are written. Owns the rendering by
 * man(1) and the little of mdoc(7) and tbl(1) that the pages use. Ask `needs('man')` before `render`.
 */
import { execFile } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const FOLDER = fileURLToPath(new URL('../../man/', import.meta.url));
const run = promisify(execFile);

/** Columns of a terminal. */
const WIDTH = 80;

/** What renders a page; `man` alone would also need a locale of the machine's. */
const ENVIRONMENT = {
  PATH: process.env.PATH,
  LC_ALL: 'C.UTF-8',
  MANWIDTH: String(WIDTH),
  MANPAGER: 'cat',
};

export const PAGES = readdirSync(FOLDER)
  .filter((name) => /\.[1-8]$/.test(name))
  .sort();

export interface Rendered {
  readonly text: string;
  /** One line each, of groff with all warnings on. */
  readonly warnings: readonly string[];
}

/** Renders a file of roff. */
export async function renderFile(path: string): Promise<Rendered> {
  const args = ['--warnings=w', '-l', path];
  const { stdout, stderr } = await run('man', args, { env: ENVIRONMENT, maxBuffer: 1 << 24 });
  return { text: stdout, warnings: stderr.split('\n').filter((line) => line !== '') };
}

const rendered = new Map<string, Promise<Rendered>>();

/** Renders a page of man/, such as `meet.1`; once for all tests of a file. */
export function render(page: string): Promise<Rendered> {
  const known = rendered.get(page) ?? renderFile(pagePath(page));
  rendered.set(page, known);
  return known;
}

export function pagePath(page: string): string {
  return `${FOLDER}${page}`;
}

/** The page as it is written. */
export function pageSource(page: string): string {
  return readFileSync(pagePath(page), 'utf8');
}

/** The lines below a rendered heading, up to the next one of its level or above. */
export function renderedSection(text: string, heading: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.trim() === heading && indentOf(line) <= 3);
  const own = lines[at];
  if (own === undefined) throw new Error(`there is no heading "${heading}"`);
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => line !== '' && indentOf(line) <= indentOf(own));
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

/** The part of a source below `.Sh HEADING` or `.Ss heading`, up to the next heading. */
export function sourceSection(source: string, heading: string): string {
  const lines = source.split('\n');
  const at = lines.findIndex((line) => line === `.Sh ${heading}` || line === `.Ss ${heading}`);
  if (at < 0) throw new Error(`there is no heading "${heading}"`);
  const rest = lines.slice(at + 1);
  const end = rest.findIndex((line) => /^\.S[hs] /.test(line));
  return rest.slice(0, end < 0 ? undefined : end).join('\n');
}

/** The rows of the tables in a source, each with its cells as a reader sees them; no header rows. */
export function tables(source: string): string[][][] {
  return [...source.matchAll(/^\.TS\n([\s\S]*?)^\.TE$/gm)].map(([, body = '']) => {
    const data = body.slice(body.indexOf('.\n') + 2).replaceAll(/T\{\n([\s\S]*?)\nT\}/g, '$1');
    const rows = data.trimEnd().split('\n');
    return rows.slice(1).map((row) => row.split('\t').map(plainText));
  });
}

/** The only table of a section. */
export function tableOf(page: string, heading: string): string[][] {
  const [table, ...others] = tables(sourceSection(pageSource(page), heading));
  if (table === undefined || others.length > 0) {
    throw new Error(`${page}, ${heading}: ${others.length + 1} tables, expected one`);
  }
  return table;
}

/** Lines that are indented by `columns`, as blocks of lines that follow each other. */
export function blocks(text: string, columns: number): string[] {
  const all: string[][] = [[]];
  for (const line of text.split('\n')) {
    if (line !== '' && indentOf(line) < columns) all.push([]);
    else all.at(-1)?.push(line.slice(columns));
  }
  return all.map((lines) => lines.join('\n').trim()).filter((block) => block !== '');
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** groff_char(7). */
const CHARACTERS: Readonly<Record<string, string>> = {
  '\\-': '-',
  '\\%': '',
  '\\&': '',
  '\\e': '\\',
  '\\(aq': "'",
  '\\(lq': '“',
  '\\(rq': '”',
};

function plainText(cell: string): string {
  return cell.replaceAll(/\\(?:\(..|.)/g, (escape) => CHARACTERS[escape] ?? escape);
}
