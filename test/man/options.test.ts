import { describe, expect, it } from 'vitest';
import {
  BRIDGE_OPTIONS,
  CHAT_OPTIONS,
  CTL_OPTIONS,
  EVENTS_OPTIONS,
  INVITE_OPTIONS,
  JOIN_OPTIONS,
  SNAPSHOT_OPTIONS,
  STATUS_OPTIONS,
  WATCH_OPTIONS,
} from '../../src/cli/client-options.js';
import { backendsOf } from '../../src/cli/devices.js';
import { envName, kebabName } from '../../src/cli/option-table.js';
import type { OptionTable } from '../../src/cli/option-table.js';
import { PLAY_OPTIONS } from '../../src/cli/play/play-options.js';
import {
  REC_EXPORT_OPTIONS,
  REC_LS_OPTIONS,
  REC_PLAY_OPTIONS,
  REC_PRUNE_OPTIONS,
  REC_RECOVER_OPTIONS,
  REC_VERIFY_OPTIONS,
} from '../../src/cli/rec/rec-options.js';
import { SERVE_OPTIONS } from '../../src/cli/serve-options.js';
import { SHARE_OPTIONS } from '../../src/cli/share-options.js';
import { DEMO_OPTIONS, DEVICES_OPTIONS } from '../../src/cli/small-options.js';
import { STREAM_KINDS } from '../../src/transport/stream-kind.js';
import { needs } from '../setup/programs.js';
import { PAGES, render, renderedSection, tables, pageSource, sourceSection } from './man-page.js';

const DOCUMENTED: readonly [page: string, heading: string, table: OptionTable][] = [
  ['meet-serve.1', 'OPTIONS', SERVE_OPTIONS],
  ['meet-share.1', 'OPTIONS', SHARE_OPTIONS],
  ['meet-watch.1', 'Options of watch', WATCH_OPTIONS],
  ['meet-watch.1', 'Options of join', JOIN_OPTIONS],
  ['meet-ctl.1', 'Options of ctl', CTL_OPTIONS],
  ['meet-ctl.1', 'Options of invite', INVITE_OPTIONS],
  ['meet-ctl.1', 'Options of bridge', BRIDGE_OPTIONS],
  ['meet-ctl.1', 'Options of status', STATUS_OPTIONS],
  ['meet-ctl.1', 'Options of events', EVENTS_OPTIONS],
  ['meet-ctl.1', 'Options of snapshot', SNAPSHOT_OPTIONS],
  ['meet-ctl.1', 'Options of chat', CHAT_OPTIONS],
  ['meet-play.1', 'OPTIONS', PLAY_OPTIONS],
  ['meet-rec.1', 'Options of ls', REC_LS_OPTIONS],
  ['meet-rec.1', 'Options of verify', REC_VERIFY_OPTIONS],
  ['meet-rec.1', 'Options of recover', REC_RECOVER_OPTIONS],
  ['meet-rec.1', 'Options of export', REC_EXPORT_OPTIONS],
  ['meet-rec.1', 'Options of play', REC_PLAY_OPTIONS],
  ['meet-rec.1', 'Options of prune', REC_PRUNE_OPTIONS],
  ['meet.1', 'Options of devices and doctor', DEVICES_OPTIONS],
  ['meet.1', 'Options of demo', DEMO_OPTIONS],
];

/** `--fps <N>` and `--record [DIR]` as the pages have them. */
function flagsOf(table: OptionTable): string[] {
  return Object.values(table)
    .flatMap(({ flags, negation }) => [flags, ...(negation === undefined ? [] : [negation])])
    .map((flags) => flags.replace(/<(.*)>/, '$1'));
}

/** The options of a rendered list by their flags, each with its words. */
async function optionsOf(page: string, heading: string): Promise<Map<string, string>> {
  const section = renderedSection((await render(page)).text, heading);
  const items = section.split(/^ {5}(?=-)/m).slice(1);
  return new Map(
    items.map((item) => {
      const [, flags = '', words = ''] = /^(.*?)(?: {2,}|\n)([\s\S]*)$/.exec(item) ?? [];
      return [flags, words.replaceAll(/\s+/g, ' ').replaceAll('‐ ', '')];
    }),
  );
}

/** A default as the pages write it; undefined where it is no plain value. */
function shownDefault(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  if (typeof value === 'object' && value !== null && 'screen' in value) {
    return Object.values(value).join(',');
  }
  return typeof value === 'string' && value !== SHARE_OPTIONS.name.default ? value : undefined;
}

describe.skipIf(needs('man'))('the options', () => {
  it.each(DOCUMENTED)('in %s, "%s", are those of the program', async (page, heading, table) => {
    const shown = await optionsOf(page, heading);
    expect([...shown.keys()].sort()).toEqual(flagsOf(table).sort());
  });

  it.each(DOCUMENTED)('in %s, "%s", have their defaults', async (page, heading, table) => {
    const shown = await optionsOf(page, heading);
    for (const row of Object.values(table)) {
      const expected = shownDefault(row.default);
      if (expected === undefined) continue;
      const [flags = ''] = flagsOf({ row });
      expect(shown.get(flags), flags).toContain(`Default: ${expected}`);
    }
  });

  it.each(DOCUMENTED)('in %s, "%s", have the defaults of --help', async (page, heading, table) => {
    const shown = await optionsOf(page, heading);
    for (const row of Object.values(table)) {
      const [, short = ''] = /\(([\w.,-]+)\)$/.exec(row.help) ?? [];
      const [flags = ''] = flagsOf({ row });
      const [, words = ''] = /Default: (.*)$/.exec(shown.get(flags) ?? '') ?? [];
      expect(words, flags).toContain(short);
    }
  });

  it.each([
    ['fps', SHARE_OPTIONS.fps],
    ['videoFps', SHARE_OPTIONS.videoFps],
    ['quality', SHARE_OPTIONS.quality],
    ['stats', SHARE_OPTIONS.stats],
  ])('in meet-share.1 have their range: %s', async (_, row) => {
    const shown = await optionsOf('meet-share.1', 'OPTIONS');
    const words = shown.get(row.flags.replace(/<(.*)>/, '$1')) ?? '';
    const [, least = '', most = ''] = /(\d+) to (\d+)/.exec(words) ?? [];
    expect([row.parse(least), row.parse(most)]).toEqual([Number(least), Number(most)]);
    expect(() => row.parse(String(Number(least) - 1))).toThrow();
    expect(() => row.parse(String(Number(most) + 1))).toThrow();
  });

  it.each(STREAM_KINDS)('in meet-share.1 name every backend: %s', async (kind) => {
    const shown = await optionsOf('meet-share.1', 'OPTIONS');
    const words = shown.get(`--${kind}-backend NAME`) ?? '';
    const [, names = ''] = /How to capture the \w+: (.*?)\./.exec(words) ?? [];
    const backends = await backendsOf(kind);
    expect(names.split(', ')).toEqual(['auto', ...backends.map(({ name }) => name)]);
  });

  it.each(PAGES)('that %s speaks of exist', async (page) => {
    const known = new Set(['--help', '--version']);
    for (const [, , table] of DOCUMENTED) {
      for (const flags of flagsOf(table)) known.add(/--[a-z-]+/.exec(flags)?.[0] ?? '');
    }
    const text = (await render(page)).text.replaceAll(/‐\n\s*/g, '');
    const spokenOf = text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? [];
    expect(spokenOf.filter((flag) => !known.has(flag))).toEqual([]);
  });
});

describe('the environment in meet.1', () => {
  it('has a variable for each option that may come from it, and no other', () => {
    const readers = {
      ...{ serve: SERVE_OPTIONS, share: SHARE_OPTIONS, watch: WATCH_OPTIONS, join: JOIN_OPTIONS },
      ...{ status: STATUS_OPTIONS, events: EVENTS_OPTIONS, snapshot: SNAPSHOT_OPTIONS },
      ...{
        ctl: CTL_OPTIONS,
        invite: INVITE_OPTIONS,
        bridge: BRIDGE_OPTIONS,
        chat: CHAT_OPTIONS,
        demo: DEMO_OPTIONS,
        play: PLAY_OPTIONS,
      },
    };
    const expected = new Map<string, string[]>();
    for (const [reader, table] of Object.entries<OptionTable>(readers)) {
      for (const [key, row] of Object.entries(table)) {
        if (row.flagOnly === true) continue;
        expected.set(envName(key), [...(expected.get(envName(key)) ?? []), reader]);
      }
    }
    const [rows = []] = tables(sourceSection(pageSource('meet.1'), 'ENVIRONMENT'));
    const shown = rows.map(([name = '', words = '']) => [name, words.split(', ')]);
    expect(new Map(shown as [string, string[]][])).toEqual(expected);
  });
});

describe('the configuration file in meetd.8', () => {
  it('speaks only of keys that are options', () => {
    const examples = sourceSection(pageSource('meetd.8'), 'CONFIGURATION').replaceAll('\\-', '-');
    const keys = [...examples.matchAll(/^([a-z-]+) = /gm)].map(([, key]) => key);
    const known = [...Object.keys(SERVE_OPTIONS).map(kebabName), 'connections-per-address'];
    expect(keys.length).toBeGreaterThan(5);
    expect(
      keys.filter((key) => !known.includes(key ?? '') && key !== 'half-received-bytes'),
    ).toEqual([]);
  });
});
