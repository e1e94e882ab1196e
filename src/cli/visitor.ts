/**
 * A participant that watches nothing: the way of commands to a daemon that is not this user's own on
 * this machine. Owns its connection; what it says and asks is the command's affair.
 */
import type { Invite } from '../transport/invite-url.js';
import type { HostRequest, ViewerEvents, ViewerSession } from '../transport/viewer-session.js';
import type { Data } from './answer.js';
import { dataOf } from './answer.js';
import type { Whereabouts } from './client-trust.js';
import { onceSecurely } from './client-trust.js';
import { ANSWER_BYTES } from './control-client.js';
import type { Io } from './io.js';
import type { ViewerWish } from './viewer.js';
import { createViewer } from './viewer.js';

export type VisitorOptions = Pick<ViewerWish, 'host' | 'ports' | 'room'> & Whereabouts;

export interface Visitor {
  readonly viewer: ViewerSession;
  /** The answer's data. Rejects with the daemon's own error. */
  ask(request: HostRequest): Promise<Data>;
  close(): Promise<void>;
}

/**
 * Comes in as `name`; no publisher opens its device for it. Rejects with MEET_UNREACHABLE where there is
 * no daemon, MEET_NOT_ADMITTED where it lets nobody in. `onEvent`: of the events that were asked for.
 */
export async function openVisitor(
  io: Io,
  options: VisitorOptions,
  invite: Invite | undefined,
  name: string,
  onEvent: ViewerEvents['onEvent'] = () => undefined,
): Promise<Visitor> {
  const { host, ports, room } = options;
  const viewer = createViewer(
    io,
    {
      ...{ host, ports, room, name, kinds: ['screen'], answerBytes: ANSWER_BYTES },
      ...(await onceSecurely(io, options, invite)),
    },
    { onFrame: () => undefined, onRoster: () => undefined, onEvent },
  );
  viewer.select('screen', []);
  try {
    await viewer.start();
  } catch (thrown) {
    await viewer.close();
    throw thrown;
  }
  return {
    viewer,
    ask: async (request) => dataOf(await viewer.ask(request)),
    close: () => viewer.close(),
  };
}
