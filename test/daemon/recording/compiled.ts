/**
 * Compiles the rooms that a child process of these tests needs, so that Node can run it without the
 * whole build. Types are left to `npm run typecheck`.
 */
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const REPOSITORY = new URL('../../../', import.meta.url).pathname;
const FOLDERS = [
  'src/transport',
  'src/daemon/recording',
  'src/daemon/recording/matroska',
  'test/daemon/recording',
];

/** Compiles into `target`, in the repository's own layout. */
export async function compileInto(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await writeFile(join(target, 'package.json'), '{"type":"module"}');
  for (const folder of FOLDERS) {
    for (const name of await readdir(join(REPOSITORY, folder))) {
      if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue;
      const source = await readFile(join(REPOSITORY, folder, name), 'utf8');
      const { outputText } = ts.transpileModule(source, {
        compilerOptions: {
          target: ts.ScriptTarget.ES2022,
          module: ts.ModuleKind.ESNext,
          verbatimModuleSyntax: true,
        },
      });
      const path = join(target, folder, name.replace(/\.ts$/, '.js'));
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, outputText);
    }
  }
}
