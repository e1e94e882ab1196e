/**
 * Compiles what a child process needs to run the dashboard with a scripted meeting, so that Node can
 * run it in a terminal of its own. Types are left to `npm run typecheck`.
 */
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import ts from 'typescript';

const REPOSITORY = new URL('../../../', import.meta.url).pathname;
const SOURCES = [
  'src/game',
  'src/transport',
  'src/tui',
  'test/setup/lines.ts',
  'test/setup/scripted-meeting.ts',
  'test/tui/dashboard/dashboard-child.ts',
  'test/tui/dashboard/script-step.ts',
  'test/tui/terminal/numbered-picture.ts',
  'test/tui/terminal/screen-child.ts',
];

export interface CompiledDashboard extends AsyncDisposable {
  /** The program to give to Node. */
  readonly program: string;
  /** The screen alone, without a meeting. */
  readonly screenProgram: string;
}

/** Compiles into a temporary folder, which is removed with `Symbol.asyncDispose`. */
export async function compileDashboard(): Promise<CompiledDashboard> {
  const target = await mkdtemp(join(tmpdir(), 'meet-dashboard-'));
  await writeFile(join(target, 'package.json'), '{"type":"module"}');
  await symlink(join(REPOSITORY, 'node_modules'), join(target, 'node_modules'));
  for (const source of SOURCES)
    for (const path of await filesOf(source)) await compile(path, target);
  return {
    program: join(target, 'test/tui/dashboard/dashboard-child.js'),
    screenProgram: join(target, 'test/tui/terminal/screen-child.js'),
    [Symbol.asyncDispose]: () => rm(target, { recursive: true, force: true }),
  };
}

async function filesOf(source: string): Promise<string[]> {
  if (extname(source) !== '') return [source];
  const entries = await readdir(join(REPOSITORY, source), { recursive: true });
  return entries.filter((name) => /\.tsx?$/u.test(name)).map((name) => join(source, name));
}

async function compile(path: string, target: string): Promise<void> {
  const source = await readFile(join(REPOSITORY, path), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    fileName: path,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      jsx: ts.JsxEmit.ReactJSX,
      verbatimModuleSyntax: true,
    },
  });
  const out = join(target, path.replace(/\.tsx?$/u, '.js'));
  await mkdir(dirname(out), { recursive: true });
  await writeFile(out, outputText);
}
