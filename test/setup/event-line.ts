/**
 * A line of `--json`, held against the schema of events. Owns the parsing and which commands write such
 * lines; runs nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { EVENT_SCHEMAS } from '../../src/cli/event-schema.js';
import type { EventName } from '../../src/cli/event-schema.js';

/** An event as it stands on the line. */
export type EventLine<Name extends EventName = EventName> = z.infer<(typeof EVENT_SCHEMAS)[Name]>;

/** Parses one line of `--json`. Throws for what the schema does not hold, unknown fields included. */
export function parseEvent(line: string): EventLine {
  const raw: unknown = JSON.parse(line);
  const { event: name } = z.looseObject({ event: z.string() }).parse(raw);
  const known = (Object.keys(EVENT_SCHEMAS) as EventName[]).find((each) => each === name);
  if (known === undefined) throw new Error(`"${name}" is not in the schema`);
  const event: EventLine = EVENT_SCHEMAS[known].parse(raw);
  // The schema drops fields that it does not know: then they differ.
  if (!isDeepStrictEqual(event, raw)) throw new Error('it has fields that the schema has not');
  return event;
}

/** Commands whose `--json` is one answer, or events of their own. */
const ANSWERING = ['status', 'ctl', 'invite', 'chat', 'devices', 'doctor', 'play', 'rec'];

/** Whether what a command writes to its standard output is such lines. */
export function givesEvents(args: readonly string[]): boolean {
  return args.includes('--json') && !ANSWERING.includes(args[0] ?? '');
}
