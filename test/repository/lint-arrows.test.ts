import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import tseslint from 'typescript-eslint';
import { CHECKOUT } from './checkout.js';

/** Without the type-checked rules, so that a text needs no file and no program behind it. */
const eslint = new ESLint({
  cwd: CHECKOUT,
  overrideConfig: [
    { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked, name: 'texts of this test' },
  ],
});

async function faultsOf(path: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: join(CHECKOUT, path) });
  return (result?.messages ?? []).map((message) => message.message);
}

/** The use follows the import, so that only the arrow can be at fault. */
function importing(path: string): string {
  return `import { noun } from '${path}';\nexport const verb = noun;\n`;
}

describe('the arrows between rooms', () => {
  it.each([
    ['transport', 'daemon'],
    ['transport', 'capture'],
    ['transport', 'cli'],
    ['capture', 'daemon'],
    ['capture', 'playback'],
    ['capture', 'tui'],
    ['playback', 'capture'],
    ['game', 'daemon'],
    ['game', 'tui'],
    ['game', 'cli'],
    ['transport', 'game'],
    ['daemon', 'tui'],
    ['daemon', 'capture'],
    ['daemon', 'cli'],
    ['tui', 'daemon'],
    ['tui', 'transport'],
    ['tui', 'cli'],
  ])('from src/%s to src/%s are refused in every form of import', async (from, to) => {
    const refusal: unknown = expect.stringContaining(`src/${from} may not import src/${to}`);
    const here = `src/${from}/probe.ts`;
    expect(await faultsOf(here, importing(`../${to}/noun.js`))).toEqual([refusal]);
    expect(await faultsOf(here, importing(`../../src/${to}/deep/noun.js`))).toEqual([refusal]);
    expect(await faultsOf(here, `export { noun } from '../${to}/noun.js';\n`)).toEqual([refusal]);
    expect(
      await faultsOf(here, `export const late = (): unknown => import('../${to}/noun.js');\n`),
    ).toEqual([refusal]);
    expect(await faultsOf(`src/${from}/deep/probe.ts`, importing(`../../${to}/noun.js`))).toEqual([
      refusal,
    ]);
  });

  it.each([
    ['capture', 'transport'],
    ['playback', 'transport'],
    ['daemon', 'transport'],
    ['game', 'transport'],
    ['daemon', 'playback'],
    ['daemon', 'game'],
    ['tui', 'playback'],
    ['tui', 'game'],
    ['cli', 'transport'],
    ['cli', 'capture'],
    ['cli', 'playback'],
    ['cli', 'daemon'],
    ['cli', 'tui'],
  ])('from src/%s to src/%s are open', async (from, to) => {
    const here = `src/${from}/probe.ts`;
    expect(await faultsOf(here, importing(`../${to}/noun.js`))).toEqual([]);
    expect(
      await faultsOf(here, `export const late = (): unknown => import('../${to}/noun.js');\n`),
    ).toEqual([]);
  });

  it('let the dashboard have the types of transport, and no more', async () => {
    const text = `import type { Noun } from '../transport/noun.js';\nexport type Verb = Noun;\n`;
    expect(await faultsOf('src/tui/probe.ts', text)).toEqual([]);
  });
});

describe('the lint rules', () => {
  it('keep console and any out of the rooms', async () => {
    const text = `export const say = (word: any): void => {\n  console.log(word);\n};\n`;
    expect(await faultsOf('src/daemon/probe.ts', text)).toHaveLength(2);
    expect(await faultsOf('src/cli/probe.ts', text)).toHaveLength(1);
  });

  it('forbid promises that nobody owns', async () => {
    // With CI=true the parser reads files from the disk once, and would not see the text of a test.
    const parserOptions = { disallowAutomaticSingleRunInference: true };
    const overrideConfig = { files: ['**/*.ts'], languageOptions: { parserOptions } };
    const plain = new ESLint({ cwd: CHECKOUT, overrideConfig });
    const path = join(CHECKOUT, 'src/transport/clock.ts');
    const text = `export function lose(): void {\n  Promise.resolve(1);\n}\n`;
    const [result] = await plain.lintText(text, { filePath: path });
    expect(result?.messages.map((message) => message.ruleId)).toEqual([
      '@typescript-eslint/no-floating-promises',
    ]);
  });
});
