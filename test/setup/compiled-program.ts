/**
 * A child program of these tests in one file with all that it imports, so that Node can run it without
 * the whole build. Types are left to `npm run typecheck`. Owns no file: they go where the test says.
 */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'rolldown';

const REPOSITORY = new URL('../../', import.meta.url).pathname;
/** Has a library of its own beside it. `react-devtools-core` is named by Ink, and nobody has it. */
const LEFT_ALONE = ['sharp', 'react-devtools-core'];

/**
 * @param source Path of a module in the repository.
 * @param folder Where the program goes; made when it is not there.
 * @returns The program to give to Node.
 */
export async function compileProgram(source: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await symlink(join(REPOSITORY, 'node_modules'), join(folder, 'node_modules'));
  const name = basename(source).replace(/\.tsx?$/u, '');
  const dir = join(folder, name);
  await build({
    input: { [name]: join(REPOSITORY, source) },
    cwd: REPOSITORY,
    platform: 'node',
    external: LEFT_ALONE,
    resolve: { extensionAlias: { '.js': ['.js', '.ts', '.tsx'] } },
    // As the bundle that users run.
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    output: { dir, format: 'esm', entryFileNames: '[name].js' },
    logLevel: 'silent',
  });
  return join(dir, `${name}.js`);
}
