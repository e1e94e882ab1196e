import { describe, expect, it } from 'vitest';
import { didYouMean, someOf } from '../../src/transport/near-word.js';

const ROLES = ['watch', 'present', 'host'];
const KINDS = ['screen', 'video', 'audio'];
const ACTIONS = ['stop', 'start', 'mute', 'unmute', 'kick', 'admit'];

describe('the word that was meant', () => {
  it.each([
    ['scren', KINDS, 'screen'],
    ['vidoe', KINDS, 'video'],
    ['Audio', KINDS, 'audio'],
    ['pres', ROLES, 'present'],
    ['hots', ROLES, 'host'],
    ['mtue', ACTIONS, 'mute'],
    ['strat', ACTIONS, 'start'],
    ['unmut', ACTIONS, 'unmute'],
    ['STOP', ACTIONS, 'stop'],
    ['lab7', ['lab 7', 'lab 12'], 'lab 7'],
    ['LS', ['ls', 'play'], 'ls'],
  ])('for %s of %j is %s', (word, words, meant) => {
    expect(didYouMean(word, words)).toBe(` (did you mean "${meant}"?)`);
  });

  it.each([
    ['boss', ROLES],
    ['most', ['watch', 'guest']],
    ['x', ['a', 'v']],
    ['ab', ['cd', 'ef']],
    ['kill', ACTIONS],
    ['camera', KINDS],
    ['', ACTIONS],
    ['sound', KINDS],
    ['screen', []],
  ])('for %s is none of %j', (word, words) => {
    expect(didYouMean(word, words)).toBe('');
  });
});

describe('a list in a message', () => {
  it('is whole while it is short, and of one length however much there is', () => {
    const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `k${at}`);
    expect(someOf([])).toBe('none');
    expect(someOf(names(2))).toBe('k0, k1');
    expect(someOf(names(12))).toMatch(/k0, .*, k11$/);
    expect(someOf(names(10_000))).toMatch(/k0, .*, k11 and 9988 more$/);
  });
});
