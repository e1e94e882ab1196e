import { describe, expect, it } from 'vitest';
import { EVENT_SCHEMAS } from '../../src/cli/event-schema.js';
import { PLAY_EVENT_SCHEMAS } from '../../src/cli/play/play-events.js';
import { RECORDING_EVENT_SCHEMAS } from '../../src/cli/rec/recording-events.js';
import { CONTROL_SCHEMAS } from '../../src/transport/control.js';
import { needs } from '../setup/programs.js';
import { pageSource, render, renderedSection, sourceSection, tableOf } from './man-page.js';
import type { Node, SchemaField } from './schema-fields.js';
import { nodeOf, schemaFields } from './schema-fields.js';

/** Fields whose inside is described at another record or event, which must be the same there. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ hello: 'format', welcome: 'roster', roster: 'participants', end: 'streams' },
  ...{ 'an entry': 'streams', 'a stream of an entry': 'format' },
};

const EVENTS = Object.entries(EVENT_SCHEMAS).map(([name, schema]) => ({
  name,
  page: 'meet-share.1',
  heading: 'EVENTS',
  fields: fieldsOf(name, schemaFields(nodeOf(schema))),
}));
const PLAY_EVENTS = Object.entries(PLAY_EVENT_SCHEMAS).map(([name, schema]) => ({
  name,
  page: 'meet-play.1',
  heading: 'EVENTS',
  fields: schemaFields(nodeOf(schema)),
}));
const RECORDING_EVENTS = Object.entries(RECORDING_EVENT_SCHEMAS).map(([name, schema]) => ({
  name,
  page: 'meet-rec.1',
  heading: 'EVENTS',
  fields: schemaFields(nodeOf(schema)),
}));
const RECORDS = Object.entries(CONTROL_SCHEMAS).map(([name, schema]) => ({
  name,
  page: 'meet-protocol.7',
  heading: 'CONTROL RECORDS',
  fields: fieldsOf(name, schemaFields(nodeOf(schema))),
}));

/** The parts of a roster, which have tables of their own. */
const ENTRY = itemsOf(nodeOf(CONTROL_SCHEMAS.roster), 'participants');
const ROSTER_PARTS = [
  { name: 'an entry', node: ENTRY },
  { name: 'a stream of an entry', node: itemsOf(ENTRY, 'streams') },
].map(({ name, node }) => ({
  name,
  page: 'meet-protocol.7',
  fields: fieldsOf(name, schemaFields(node)),
}));

function itemsOf(node: Node, field: string): Node {
  const items = node.properties?.[field]?.items;
  if (items === undefined) throw new Error(`"${field}" is no array`);
  return items;
}

function fieldsOf(name: string, fields: SchemaField[]): SchemaField[] {
  const elsewhere = ELSEWHERE[name];
  if (elsewhere === undefined) return fields;
  return fields.filter(({ path }) => path === elsewhere || !inside(path, elsewhere));
}

function inside(path: string, outer: string): boolean {
  return path.startsWith(`${outer}.`) || path.startsWith(`${outer}[]`);
}

describe.each([...EVENTS, ...PLAY_EVENTS, ...RECORDING_EVENTS, ...RECORDS, ...ROSTER_PARTS])(
  '$page, "$name"',
  ({ name, page, fields }) => {
    const rows = tableOf(page, name);

    it('has every field with its type, no other, and says which must be there', () => {
      const shown = rows.map(([path, type, must]) => ({ path, type, must }));
      expect(shown).toEqual(fields.map(({ path, type, must }) => ({ path, type, must })));
    });

    it('names every value that a field may have, and the ends of its range', () => {
      const missing = fields.flatMap(({ path, values }) => {
        const words = rows.find(([shown]) => shown === path)?.[3] ?? '';
        const found = new Set(words.match(/[\w-]+/g));
        return values.filter((value) => !found.has(value)).map((value) => `${path}: ${value}`);
      });
      expect(missing).toEqual([]);
    });
  },
);

describe('a field that is described elsewhere', () => {
  it('has the form that stands there', () => {
    const { hello, format } = CONTROL_SCHEMAS;
    expect(nodeOf(hello).properties?.['format']).toEqual(nodeOf(format).properties?.['format']);
    const { welcome } = CONTROL_SCHEMAS;
    expect(itemsOf(nodeOf(welcome), 'roster')).toEqual(ENTRY);
    const ofStream = itemsOf(ENTRY, 'streams').properties?.['format'];
    expect(ofStream).toEqual(nodeOf(format).properties?.['format']);
    const { end, stats } = EVENT_SCHEMAS;
    expect(nodeOf(end).properties?.['streams']).toEqual(nodeOf(stats).properties?.['streams']);
  });
});

describe.skipIf(needs('man'))('the headings', () => {
  it.each([
    ['meet-share.1', 'EVENTS', EVENTS],
    ['meet-play.1', 'EVENTS', PLAY_EVENTS],
    ['meet-rec.1', 'EVENTS', RECORDING_EVENTS],
    ['meet-protocol.7', 'CONTROL RECORDS', RECORDS],
  ])('of %s, %s, are those of the schemas', async (page, heading, described) => {
    const section = renderedSection((await render(page)).text, heading);
    const headings = [...section.matchAll(/^ {3}(\S.*)$/gm)].map(([, name]) => name);
    expect(headings.sort()).toEqual(described.map(({ name }) => name).sort());
  });
});

describe('meet-serve.1', () => {
  it('names the events of the daemon', () => {
    const words = sourceSection(pageSource('meet-serve.1'), 'EVENTS');
    const named = [...words.matchAll(/^\.Em (\w+)/gm)].map(([, name]) => name);
    const known = Object.keys(EVENT_SCHEMAS);
    expect(named.filter((name) => !known.includes(name ?? ''))).toEqual([]);
    expect([...new Set(named)].sort()).toEqual([...known].sort());
  });
});
