import { describe, expect, it } from 'vitest';
import {
  CLIENT_SECURITY_OPTIONS,
  DAEMON_SECURITY_OPTIONS,
} from '../../src/cli/security-options.js';
import { SERVE_OPTIONS } from '../../src/cli/serve-options.js';
import { SHARE_OPTIONS } from '../../src/cli/share-options.js';
import { ValueError } from '../../src/cli/values.js';

/** What a configuration file may hold where a word is expected; some have no words at all. */
const VALUES: readonly unknown[] = [
  { toString: null },
  { valueOf: 1, toJSON: 1 },
  [{ toString: null }],
  [[[]]],
  [],
  {},
  null,
  1e400,
  -0,
  '\0',
];

describe('an option that is given what has no words', () => {
  it.each(
    [SERVE_OPTIONS, SHARE_OPTIONS, CLIENT_SECURITY_OPTIONS, DAEMON_SECURITY_OPTIONS].flatMap(
      (table) => Object.entries(table),
    ),
  )('%s takes it or says what it expects', (_, { parse }) => {
    for (const value of VALUES) {
      try {
        parse(value);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(ValueError);
      }
    }
  });

  it('--open is not taken to be off by a word that is no answer', () => {
    expect(() => DAEMON_SECURITY_OPTIONS.open.parse('perhaps')).toThrow('expected true or false');
  });
});
