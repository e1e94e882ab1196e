import { readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { EXIT_MEANS, exitCodeOf } from '../../src/cli/exit-codes.js';
import { limits } from '../../src/cli/values.js';
import { CONTROL_SCHEMAS } from '../../src/transport/control.js';
import { ERROR_CODES } from '../../src/transport/errors.js';
import { LIMIT_NAMES, LIMIT_TABLE } from '../../src/transport/limits.js';
import { CODEC_NUMBER } from '../../src/transport/record-header.js';
import { DEFAULT_PORTS, KIND_NUMBER, STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { runMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import {
  PAGES,
  pageSource,
  render,
  renderedSection,
  sourceSection,
  tableOf,
  tables,
} from './man-page.js';

const DAEMON = new URL('../../src/daemon/', import.meta.url);

const CODES = Object.entries(ERROR_CODES);

describe('the tables of meet.1', () => {
  it('have every exit code with its meaning', () => {
    const expected = Object.entries(EXIT_MEANS).map(([code, means]) => [code, means]);
    expect(tableOf('meet.1', 'EXIT STATUS')).toEqual(expected);
  });

  it('have every error code with its exit code and meaning', () => {
    const expected = CODES.map(([code, means]) => [code, exitCodeFor(code), means]);
    expect(tableOf('meet.1', 'ERRORS')).toEqual(expected);
  });
});

describe('error codes', () => {
  it.each(PAGES)('that %s speaks of exist', (page) => {
    // Without the hex examples, whose last column cuts words anywhere.
    const prose = pageSource(page).replaceAll(/^[0-9a-f]{4} {2}.*$/gm, '');
    const words = prose.matchAll(/\bMEET_[A-Z_]+\b/g);
    const known = new Set(CODES.map(([code]) => code));
    const variables = new Set(tableVariables());
    const unknown = [...words].map(([word]) => word).filter((word) => !known.has(word));
    expect(unknown.filter((word) => !variables.has(word))).toEqual([]);
  });
});

/** The exit code of an error code, as text. */
function exitCodeFor(code: string): string {
  if (!isErrorCode(code)) throw new Error(`${code} is no error code`);
  return String(exitCodeOf(code));
}

function isErrorCode(code: string): code is keyof typeof ERROR_CODES {
  return Object.hasOwn(ERROR_CODES, code);
}

function tableVariables(): string[] {
  return tableOf('meet.1', 'ENVIRONMENT').map(([name = '']) => name);
}

describe.skipIf(needs('man'))('the limits in meetd.8', () => {
  it('are all limits with their defaults, least values and meanings', async () => {
    const section = renderedSection((await render('meetd.8')).text, 'LIMITS');
    const items = section.split(/^ {5}(?=[a-z-]+$)/m).slice(1);
    const shown = items.map((item) => {
      const text = item.replaceAll(/\s+/g, ' ').replaceAll('‐ ', '');
      const [, name = '', means = '', value = '', least = ''] =
        /^(\S+) (.*?)\. Default: (\w+)[^;]*; least: (\w+); code: /.exec(text) ?? [];
      // Sizes are written as the option takes them.
      const plain = (size: string): unknown =>
        Object.entries(limits(`${name}=${size}`)).find(([other]) => other === name)?.[1];
      return { name, means: means.toLowerCase(), default: plain(value), least: plain(least) };
    });
    expect(shown).toEqual(
      LIMIT_NAMES.map((name) => {
        const { means, default: value, least } = LIMIT_TABLE[name];
        return { name, means: means.toLowerCase(), default: value, least };
      }),
    );
  });

  it('name error codes that exist', async () => {
    const section = renderedSection((await render('meetd.8')).text, 'LIMITS');
    const codes = [...section.matchAll(/code:\s+(\w+)\./g)].map(([, code = '']) => code);
    expect(codes).toHaveLength(LIMIT_NAMES.length);
    expect(codes.filter((code) => code !== 'none' && !Object.hasOwn(ERROR_CODES, code))).toEqual(
      [],
    );
  });
});

describe('the tables of meet-protocol.7', () => {
  it('have every kind with its number and port', () => {
    const rows = tableOf('meet-protocol.7', 'DESCRIPTION').map((row) => row.slice(0, 3));
    const expected = STREAM_KINDS.map((kind) => [kind, KIND_NUMBER[kind], DEFAULT_PORTS[kind]]);
    expect(rows).toEqual(expected.map((row) => row.map(String)));
  });

  it('have every codec with its number', () => {
    const rows = tableOf('meet-protocol.7', 'CODECS').map(([number, name]) => [name, number]);
    expect(rows).toEqual(Object.entries(CODEC_NUMBER).map(([name, number]) => [name, `${number}`]));
  });
});

describe('what a daemon refuses', () => {
  /** Where the daemon decides on a connection, from `src/daemon`. */
  const places = ['native-greeting', 'native-peer', 'preamble-fault', 'publisher-role'].concat(
    ['viewer-role', 'door', 'unsettled', 'sent-away', 'participant-names', 'attendance'],
    readdirSync(new URL('admission/', DAEMON))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `admission/${name.slice(0, -3)}`),
  );
  /** Told to a host, or in an answer that ends no connection. */
  const elsewhere = new Set([
    'MEET_USAGE',
    'MEET_IDENTITY',
    'MEET_CONTROL_INVALID',
    'MEET_OPEN_FILES',
  ]);

  it('is in meet-protocol.7 with its code', () => {
    const all = tables(sourceSection(pageSource('meet-protocol.7'), 'WHAT IS REFUSED'));
    const documented = new Set(all.flat().map(([code]) => code));
    const source = places.map((place) => readFileSync(new URL(`${place}.ts`, DAEMON), 'utf8'));
    const used = source.join('\n').matchAll(/'(MEET_[A-Z_]+)'/g);
    const refused = new Set([...used].map(([, code = '']) => code));
    expect([...refused].filter((code) => !documented.has(code) && !elsewhere.has(code))).toEqual(
      [],
    );
    expect(refused.size).toBeGreaterThan(12);
  });
});

describe('the control sockets in meet-protocol.7', () => {
  it('answer every request that there is', () => {
    const rows = tableOf('meet-protocol.7', 'CONTROL SOCKETS').map(([record]) => record);
    const queries = CONTROL_SCHEMAS.query.shape.what.options.map((what) => `query ${what}`);
    for (const record of ['toggle', 'admission', 'invite', ...queries]) {
      expect(rows).toContain(record);
    }
  });
});

describe('the commands in meet.1', () => {
  it('are those that there are', async () => {
    const { stdout } = await runMeet(['--help'], { cwd: tmpdir() });
    const list = stdout.slice(stdout.indexOf('Commands:'), stdout.indexOf('Examples:'));
    const commands = [...list.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    const source = sourceSection(pageSource('meet.1'), 'COMMANDS');
    const shown = [...source.matchAll(/^\.It Nm Cm ([a-z]+)/gm)].map(([, name]) => name);
    expect(shown.sort()).toEqual(commands.sort());
    expect(shown.length).toBeGreaterThan(15);
  });
});
