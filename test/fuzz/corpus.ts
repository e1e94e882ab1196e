/**
 * The committed corpora: for each parser a folder of small inputs, as hex or, where people can read
 * them, as they are. Owns their files; knows no parser.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';

const FOLDER = new URL('./corpus/', import.meta.url);
const HEX_CHARS_A_LINE = 96;

/** The inputs of a target, by the names of their files; none where it has no folder yet. */
export function readCorpus(target: string): Buffer[] {
  const folder = folderOf(target);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => {
      const bytes = readFileSync(new URL(name, folder));
      if (!name.endsWith('.hex')) return bytes;
      return Buffer.from(bytes.toString('ascii').replaceAll(/\s/g, ''), 'hex');
    });
}

/** Adds an input to a target's corpus under a name made of what became of it. */
export function keepInput(target: string, outcome: string, input: Buffer): void {
  const folder = folderOf(target);
  mkdirSync(folder, { recursive: true });
  const lines = input.toString('hex').match(new RegExp(`.{1,${HEX_CHARS_A_LINE}}`, 'g')) ?? [];
  writeFileSync(new URL(`${slug(outcome)}.hex`, folder), `${lines.join('\n')}\n`);
}

function folderOf(target: string): URL {
  return new URL(`${slug(target)}/`, FOLDER);
}

function slug(words: string): string {
  return words
    .toLowerCase()
    .replace(/^meet_/, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60);
}
