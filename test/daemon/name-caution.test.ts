import { describe, expect, it } from 'vitest';
import { NameShapes, mixedAlphabets, nameCaution, shapeOf } from '../../src/daemon/name-caution.js';

/** Of a name beside others that are here. */
const caution = (name: string, ...others: string[]): string | undefined =>
  nameCaution(name, [new NameShapes([name]), new NameShapes(others)]);

describe('a name', () => {
  it.each([
    ['admin', 'José Núñez', 'Zoë-2', 'Łukasz Żółw', 'Nguyễn Thị Ánh', "O'Neill", 'ﬁona'],
    ['Δημήτρης', 'Νίκος laptop', 'Ελένη-PC', 'Άννα 2'],
    ['Анна', 'Иван Smith', 'Ёлка', 'Київ-kiosk', 'сосо', 'Ђорђе'],
    ['山田太郎', '山田Taro', 'タロウ', '김철수 PC', 'PC김철수', '王小明laptop', 'ㄅㄆㄇ'],
    ['محمد', 'محمد PC', 'דוד', 'राम', 'สมชาย', 'გიორგი', 'Արամ'],
    ['🎉', 'Ann 🎉', '👩‍💻 dev', 'kiosk ①', '№5', 'µServer', 'Team ½', '1', '-'],
  ])('of ordinary letters is not marked: %s and its like', (...names) => {
    for (const name of names) expect([name, caution(name)]).toEqual([name, undefined]);
    expect(names.map((name) => caution(name, ...names)).filter(Boolean)).toEqual([]);
  });

  it.each([
    ['аdmin', ['Latin', 'Cyrillic']],
    ['hοst', ['Latin', 'Greek']],
    ['Ann pаypal', ['Latin', 'Cyrillic']],
    ['Ꭺdmin', ['Latin', 'Cherokee']],
    ['αа', ['Greek', 'Cyrillic']],
    ['adміn', ['Latin', 'Cyrillic']],
    ['аdmin'.normalize('NFD'), ['Latin', 'Cyrillic']],
  ])('with letters of several alphabets in one word is marked: %s', (name, alphabets) => {
    expect(mixedAlphabets(name)).toEqual(alphabets);
    expect(caution(name)).toBe(`letters of ${alphabets.join(' and ')} in one word`);
  });

  it.each([
    ['сосо', 'coco'],
    ['ΝΙΚΟ', 'NIKO'],
    ['КАМЕРА', 'KAMEPA'],
    ['ａdmin', 'admin'],
    ['𝐚𝐝𝐦𝐢𝐧', 'admin'],
    ['admin\u3164', 'admin'],
    ['ad\u115fmin', 'admin'],
    ['adm\u2800in', 'admin'],
    ['kiosk–1', 'kiosk-1'],
    ['kiosk l', 'kiosk 1'],
    ['kiosk l0', 'kiosk IO'],
    ['ёж', 'ëж'],
    ['ꓢꓮꓟ', 'SAM'],
  ])('that looks like one that is here is marked, and that one, too: %s', (name, other) => {
    expect(shapeOf(name)).toBe(shapeOf(other));
    expect(caution(name, other)).toContain(`looks like "${other}"`);
    expect(caution(other, name)).toContain(`looks like "${name}"`);
  });

  it('of which nothing is seen is marked', () => {
    expect(caution('\u3164\u3164')).toBe('nothing is seen of this name');
  });

  it('is not marked beside itself, and not for capitals or accents alone', () => {
    const names = ['admin', 'admin', 'Admin', 'ädmin', 'ADMIN'];
    expect(names.map((name) => caution(name, ...names)).filter(Boolean)).toEqual([]);
  });

  it('is marked for as long as another of its shape is there, however often that one is', () => {
    const shapes = new NameShapes(['kiosk-1', 'kiosk-1', 'kiosk-l']);
    expect(shapes.like('kiosk-l')).toBe('kiosk-1');
    shapes.remove('kiosk-1');
    expect(shapes.like('kiosk-l')).toBe('kiosk-1');
    shapes.remove('kiosk-1');
    expect(shapes.like('kiosk-l')).toBeUndefined();
    expect(shapes.like('kiosk-I')).toBe('kiosk-l');
    shapes.remove('nobody');
    shapes.remove('kiosk-l');
    expect(shapes.like('kiosk-I')).toBeUndefined();
  });
});
