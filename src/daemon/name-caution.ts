/**
 * Names that may be taken for others: a word of letters of several alphabets (`аdmin` with a Cyrillic а),
 * and one that differs from another's by look-alike letters alone. Owns the words that mark them where
 * a host decides; refuses nobody. After UTS #39 (Unicode Security Mechanisms), 4 and 5.2, with a table
 * of the letters that look alike in a terminal's fonts.
 */

/** Alphabets with letters of each other's shapes; those of other scripts are taken for none of them. */
const ALPHABETS = {
  Latin: /\p{Script=Latin}/u,
  Greek: /\p{Script=Greek}/u,
  Cyrillic: /\p{Script=Cyrillic}/u,
  Armenian: /\p{Script=Armenian}/u,
  Cherokee: /\p{Script=Cherokee}/u,
  Coptic: /\p{Script=Coptic}/u,
  Lisu: /\p{Script=Lisu}/u,
};

const WORD = /[\p{L}\p{M}]+/gu;
const PLAIN = /^[ -~]*$/;
/** What is not seen, such as Hangul fillers (UAX #44, Default_Ignorable_Code_Point), and dots of Braille that are none. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Letters beside what they look like, by alphabet. */
const LOOKS: readonly (readonly [string, string])[] = [
  ['АВЕЗКМНОРСТУХІЈЅԌԚԜҮаеорсухіјѕһԁԛԝүӏкгѵ', 'ABE3KMHOPCTYXIJSGQWYaeopcyxijshdqwylkrv'],
  ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαγικνορυϲϳ', 'ABEZHIKMNOPTYXayikvopucj'],
  ['ՕՍՏԼօոսհզցյ', 'OUSLonuhqgj'],
  ['ᎪᏴᏟᎠᎬᏀᎻᎫᏦᏞᎷᏢᏒᏚᎢᏙᏔᏃ', 'ABCDEGHJKLMPRSTVWZ'],
  ['ꓮꓐꓚꓓꓰꓝꓖꓧꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ', 'ABCDEFGHJKLMNOPRSTUVWXYZ'],
  ['ɑɡıɩ‐‑‒–—−’ʼ', "agii------''"],
];
const SHAPES: ReadonlyMap<string, string> = new Map(
  LOOKS.flatMap(([letters, shapes]) =>
    Array.from(letters, (letter, at): [string, string] => [letter, shapes[at] ?? letter]),
  ),
);
/** Digits and letters of one shape, within ASCII too. */
const ALIKE: Readonly<Record<string, string>> = { I: 'l', '1': 'l', '|': 'l', '0': 'O' };

/** What is seen of a name: the same for two that look alike. */
export function shapeOf(name: string): string {
  const seen = PLAIN.test(name)
    ? name
    : Array.from(name.normalize('NFKD').replace(UNSEEN, ''), (each) => SHAPES.get(each) ?? each)
        .join('')
        .replace(/\s+/gu, ' ')
        .trim();
  return seen.replace(/[I1|0]/g, (each) => ALIKE[each] ?? each);
}

/** The alphabets of the first word that has letters of several; empty: none has. */
export function mixedAlphabets(name: string): readonly string[] {
  if (PLAIN.test(name)) return [];
  for (const [word] of name.normalize('NFC').matchAll(WORD)) {
    const found = Object.entries(ALPHABETS).filter(([, letter]) => letter.test(word));
    if (found.length > 1) return found.map(([alphabet]) => alphabet);
  }
  return [];
}

/** Names by what is seen of them; one may be there several times. */
export class NameShapes {
  /** By shape: how often each name is there. */
  readonly #names = new Map<string, Map<string, number>>();

  constructor(names: Iterable<string> = []) {
    for (const name of names) this.add(name);
  }

  add(name: string): void {
    const shape = shapeOf(name);
    const alike = this.#names.get(shape) ?? new Map<string, number>();
    this.#names.set(shape, alike.set(name, (alike.get(name) ?? 0) + 1));
  }

  /** Once; of one that is not there nothing is taken. */
  remove(name: string): void {
    const shape = shapeOf(name);
    const alike = this.#names.get(shape);
    const times = alike?.get(name) ?? 0;
    if (times > 1) alike?.set(name, times - 1);
    else alike?.delete(name);
    if (alike?.size === 0) this.#names.delete(shape);
  }

  /** One that is another name and looks the same. */
  like(name: string): string | undefined {
    // Of thousands that look the same the first or the second is another.
    for (const each of this.#names.get(shapeOf(name))?.keys() ?? []) if (each !== name) return each;
    return undefined;
  }
}

/** Why a host should look twice, in a few words; undefined: nothing is odd about this name. */
export function nameCaution(name: string, among: readonly NameShapes[]): string | undefined {
  const alphabets = mixedAlphabets(name);
  const other = among.map((each) => each.like(name)).find((each) => each !== undefined);
  const words = [
    shapeOf(name) === '' ? 'nothing is seen of this name' : undefined,
    alphabets.length === 0 ? undefined : `letters of ${alphabets.join(' and ')} in one word`,
    other === undefined ? undefined : `looks like "${other}"`,
  ].filter((each) => each !== undefined);
  return words.length === 0 ? undefined : words.join(', ');
}
