// The rules of the house. The arrows between rooms (docs/architecture.md) are enforced here.
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const ROOMS = ['transport', 'capture', 'playback', 'game', 'daemon', 'tui', 'cli'];

/** Which rooms each room may import. `types` rooms may be imported for their types only. */
const ARROWS = {
  transport: { values: [], types: [] },
  capture: { values: ['transport'], types: [] },
  playback: { values: ['transport'], types: [] },
  game: { values: ['transport'], types: [] },
  daemon: { values: ['transport', 'playback', 'game'], types: [] },
  tui: { values: ['playback', 'game'], types: ['transport'] },
  cli: { values: ROOMS, types: [] },
};

/** It never comes back where the system calls a folder that cannot be made not there, as below /proc. */
const ENDLESS_MKDIR = {
  selector: 'CallExpression[callee.name=/^mkdir/] Property[key.name="recursive"]',
  message: 'Make folders with transport/private-folder.ts or recording/make-folders.ts.',
};

function arrowRules(room) {
  const { values, types } = ARROWS[room];
  const closed = ROOMS.filter((other) => other !== room && !values.includes(other));
  const words = (other) => `src/${room} may not import src/${other} (docs/architecture.md).`;
  const patterns = closed.map((other) => ({
    regex: `/${other}/`,
    allowTypeImports: types.includes(other),
    message: words(other),
  }));
  // The rule above sees no import(), which is how rooms are reached late.
  const lateImports = closed.map((other) => ({
    selector: `ImportExpression > Literal[value=/\\u002f${other}\\u002f/]`,
    message: words(other),
  }));
  return {
    files: [`src/${room}/**/*.{ts,tsx,cts}`],
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', { patterns }],
      'no-restricted-syntax': ['error', ...lateImports, ENDLESS_MKDIR],
      ...(room === 'cli' ? {} : { 'no-console': 'error' }),
    },
  };
}

export default defineConfig(
  { ignores: ['dist', 'node_modules', 'recordings', 'coverage'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({
    ...config,
    files: ['**/*.{ts,tsx,cts}'],
  })),
  {
    files: ['**/*.{ts,tsx,cts}'],
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      eqeqeq: 'error',
    },
  },
  // Comments and blank lines count: they are read, too.
  { files: ['**/*.{ts,tsx,cts,js,mjs}'], rules: { 'max-lines': ['error', 300] } },
  ...ROOMS.map(arrowRules),
);
