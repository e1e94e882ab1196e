/**
 * `meet events`: what happens in a daemon, as it happens: in that of this machine by its control socket,
 * in another one as a participant, who is told what its room shows it, and as a host everything. Owns
 * the form only: the events are those of `meet serve --json`.
 */
import type { Invite } from '../transport/invite-url.js';
import type { Data } from './answer.js';
import { EVENTS_OPTIONS } from './client-options.js';
import type { EventsOptions } from './client-options.js';
import { openDaemonControl } from './control-client.js';
import { eventSchema } from './event-schema.js';
import { lostEvent, serveLines } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { Io } from './io.js';
import { lineOut } from './line-out.js';
import { exitFor, untilEndOrUnread } from './until-end.js';
import { openVisitor } from './visitor.js';

type Show = (event: Data) => void;

/** A daemon that tells its events. */
interface Teller {
  /** Resolves when what is now has been told. */
  begin(): Promise<unknown>;
  /** Resolves when it has ended; rejects with why the connection is lost. */
  readonly ended: () => Promise<void>;
  close(): Promise<void>;
}

export async function eventsCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, EVENTS_OPTIONS, flags);
  const show = shownBy(io, options);
  const { host } = options;
  const teller =
    host === undefined
      ? await local(io, options, show)
      : await remote(io, { ...options, host }, invite, show);
  try {
    await teller.begin();
    if (!options.follow) return EXIT.ok;
    const ended = await Promise.race([untilEndOrUnread(io, undefined), teller.ended()]);
    return ended === undefined ? EXIT.unavailable : exitFor(ended);
  } finally {
    await teller.close();
  }
}

function shownBy({ stdout, clock }: Io, { json }: EventsOptions): Show {
  if (json) {
    const objects = lineOut(stdout, (lost) => {
      const at = new Date(clock.wallUs() / 1000).toISOString();
      return `${JSON.stringify({ ...lostEvent(lost), at })}\n`;
    });
    return (event) => {
      objects.write(`${JSON.stringify(event)}\n`);
    };
  }
  const lines = serveLines(stdout);
  return (event) => {
    const known = eventSchema.safeParse(event);
    if (known.success) lines(known.data);
  };
}

async function local(io: Io, { ports }: EventsOptions, show: Show): Promise<Teller> {
  const client = await openDaemonControl(io, ports.screen, { onEvent: show });
  return {
    begin: () => client.ask({ type: 'query', what: 'events' }),
    ended: () => client.ended,
    close: () => client.close(),
  };
}

/** One who follows events is a participant of the room that watches no stream. */
async function remote(
  io: Io,
  options: EventsOptions & { host: string },
  invite: Invite | undefined,
  show: Show,
): Promise<Teller> {
  const visitor = await openVisitor(io, options, invite, 'events', show);
  return {
    begin: () => visitor.ask({ type: 'query', what: 'events' }),
    ended: () => visitor.viewer.finished(),
    close: () => visitor.close(),
  };
}
