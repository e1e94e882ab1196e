import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfigFile } from '../../src/cli/config-file.js';
import { resolveOptions } from '../../src/cli/option-table.js';
import { SERVE_OPTIONS } from '../../src/cli/serve-options.js';
import { runMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { blocks, render, renderedSection } from './man-page.js';

/** Of a program that nobody ends. */
const NEVER = new AbortController().signal;
const CODE_INDENT = 11;

describe.skipIf(needs('man'))('the configuration files in meetd.8', () => {
  let folder = '';
  const paths = { toml: '', json: '' };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meet-configuration-'));
    const section = renderedSection((await render('meetd.8')).text, 'CONFIGURATION');
    const [toml = '', json = ''] = blocks(section, CODE_INDENT);
    paths.toml = join(folder, 'meetd.toml');
    paths.json = join(folder, 'meetd.json');
    await writeFile(paths.toml, toml);
    await writeFile(paths.json, json);
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('say the same', async () => {
    const { values } = await readConfigFile(paths.toml, SERVE_OPTIONS, NEVER);
    const json = await readConfigFile(paths.json, SERVE_OPTIONS, NEVER);
    expect(json.values).toEqual(values);
    expect(Object.keys(values).length).toBeGreaterThan(5);
  });

  it('are valid in every line, and change what they say', async () => {
    const file = await readConfigFile(paths.toml, SERVE_OPTIONS, NEVER);
    const options = resolveOptions(SERVE_OPTIONS, { flags: {}, env: {}, file });
    expect(options).toMatchObject({ bind: '0.0.0.0', record: '/var/lib/meet', stats: 60 });
    expect(options.limit['connections-per-address']).toBe(64);
    expect(options.limit['half-received-bytes']).toBe(512 * 1024 ** 2);
  });

  it.each(['toml', 'json'] as const)('start a daemon: %s', async (form) => {
    const flags = ['--ports', '0,0,0', '--bind', '127.0.0.1', '--record', join(folder, form)];
    const args = ['--config', paths[form], ...flags, '--duration', '0.2'];
    const end = await runMeet(args, { program: 'meetd', cwd: folder });
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(end.stdout).toContain('"event":"ready"');
  });
});
