import { describe, expect, it } from 'vitest';
import { didYouMean } from '../../src/transport/near-word.js';

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
