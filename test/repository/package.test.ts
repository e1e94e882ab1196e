import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registryEnv } from '../setup/extra-certificates.js';
import { CHECKOUT } from './checkout.js';

const run = promisify(execFile);

/** Installing takes 5 s with a warm cache, more over a slow line. */
const INSTALL_TIMEOUT_MS = 180_000;

const MANIFEST = z.object({
  version: z.string(),
  bin: z.record(z.string(), z.string()),
  man: z.array(z.string()),
});
const PACKED = z.object({
  filename: z.string(),
  files: z.array(z.object({ path: z.string(), mode: z.number() })),
});
/** npm 11 prints an array, npm 12 an object with the package's name as its key. */
const PACK_OUTPUT = z
  .union([z.array(PACKED), z.record(z.string(), PACKED)])
  .transform((packed) => Object.values(packed));

/** npm must not ask, tell of newer versions, or count as started by the npm that runs the tests. */
const NPM_ARGS = ['--no-audit', '--no-fund', '--no-update-notifier', '--prefer-offline'];

let folder = '';
let manifest: z.infer<typeof MANIFEST>;
let packed: z.infer<typeof PACKED>;

async function npm(args: readonly string[], cwd: string): Promise<string> {
  const env = Object.fromEntries(
    Object.entries(registryEnv()).filter(([name]) => !name.toLowerCase().startsWith('npm_')),
  );
  const { stdout } = await run('npm', [...args, ...NPM_ARGS], { cwd, env });
  return stdout;
}

beforeAll(async () => {
  manifest = MANIFEST.parse(JSON.parse(await readFile(join(CHECKOUT, 'package.json'), 'utf8')));
  folder = await mkdtemp(join(tmpdir(), 'meet-package-'));
  // Without `prepare`: the build of this checkout is in use by other tests.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [first] = PACK_OUTPUT.parse(JSON.parse(await npm(pack, CHECKOUT)));
  if (first === undefined) throw new Error('npm pack packed nothing');
  packed = first;
}, INSTALL_TIMEOUT_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe('the packed package', () => {
  it('holds the programs, the build, the manual and what a user must know', () => {
    const paths = new Set(packed.files.map((file) => file.path));
    const expected = [
      ...['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/bundle/start.js'],
      ...Object.values(manifest.bin),
      ...manifest.man,
    ];
    expect(expected.filter((path) => !paths.has(path))).toEqual([]);
  });

  it('holds nothing else', () => {
    const roots = new Set(packed.files.map((file) => file.path.split('/')[0]));
    const agreed = ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'bin', 'dist', 'man'];
    expect([...roots].filter((root) => root !== undefined && !agreed.includes(root))).toEqual([]);
  });

  it('has programs that may be executed', () => {
    const programs = packed.files.filter((file) => file.path.startsWith('bin/'));
    expect(programs.length).toBeGreaterThanOrEqual(2);
    expect(programs.filter((file) => (file.mode & 0o111) === 0)).toEqual([]);
  });

  it(
    'gives a working meet and meetd where it is installed into an empty folder',
    async () => {
      await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
      await npm(['install', join(folder, packed.filename)], folder);
      for (const name of Object.keys(manifest.bin)) {
        const program = join(folder, 'node_modules/.bin', name);
        const version = await run(program, ['--version'], { cwd: folder });
        expect(version).toEqual({ stdout: `${manifest.version}\n`, stderr: '' });
        const help = await run(program, ['--help'], { cwd: folder });
        expect(help.stdout).toContain(`Usage: ${name} `);
      }
    },
    INSTALL_TIMEOUT_MS,
  );
});
