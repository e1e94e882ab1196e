/**
 * `meet events`: what happens in the daemon of this machine, as it happens. Owns the form only: the
 * events are those of `meet serve --json`.
 */
import { EVENTS_OPTIONS } from './client-options.js';
import type { Data } from './control-client.js';
import { openDaemonControl } from './control-client.js';
import { eventSchema } from './event-schema.js';
import { lostEvent, serveLines } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import type { Io } from './io.js';
import { lineOut } from './line-out.js';
import { resolveOptions } from './option-table.js';
import { exitFor, untilEnd } from './until-end.js';

export async function eventsCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const options = resolveOptions(EVENTS_OPTIONS, { flags, env: io.env });
  const lines = serveLines(io.stdout);
  const json = lineOut(io.stdout, (lost) => {
    const at = new Date(io.clock.wallUs() / 1000).toISOString();
    return `${JSON.stringify({ ...lostEvent(lost), at })}\n`;
  });
  const show = (event: Data): void => {
    if (options.json) json.write(`${JSON.stringify(event)}\n`);
    else {
      const known = eventSchema.safeParse(event);
      if (known.success) lines(known.data);
    }
  };
  const client = await openDaemonControl(io, options.ports.screen, { onEvent: show });
  try {
    await client.ask({ type: 'query', what: 'events' });
    if (!options.follow) return EXIT.ok;
    const ended = await Promise.race([untilEnd(io, undefined), client.ended]);
    return ended === undefined ? EXIT.unavailable : exitFor(ended);
  } finally {
    await client.close();
  }
}
