/**
 * The host's own camera in its own meeting: a share from the daemon's process to itself. Owns this
 * wiring; daemon and share are those of `meet serve` and `meet share`.
 */
import { asMeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { captureContext } from './capture-context.js';
import { localSecurity } from './client-trust.js';
import { deviceOpener } from './devices.js';
import type { EventWriter } from './event-writer.js';
import type { Io } from './io.js';
import { resolveOptions } from './option-table.js';
import { SHARE_OPTIONS } from './share-options.js';
import { ShareRun } from './share-run.js';

export interface HostShareWish {
  /** undefined: the best camera. */
  readonly source: string | undefined;
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly session: string;
}

const NAME = 'host';

/** Starts it beside the daemon; a camera that can't be opened is told, the daemon goes on. */
export function startHostShare(io: Io, wish: HostShareWish, emit: EventWriter): ShareRun {
  const options = resolveOptions(SHARE_OPTIONS, { flags: {}, env: {} });
  const context = captureContext(io);
  const video = deviceOpener({ context, kind: 'video', source: wish.source, options });
  const { host, ports, session } = wish;
  const run = new ShareRun(
    io,
    {
      host,
      ports,
      session,
      name: NAME,
      room: options.room,
      reconnect: true,
      waitMs: 0,
      security: localSecurity(io),
      devices: new Map([['video' as const, video]]),
    },
    // What the daemon sees of this share, it tells itself.
    (event) => {
      if (event.event === 'error') emit(event);
    },
  );
  run
    .start()
    .then(() => run.finished())
    .catch((thrown: unknown) => {
      const { code, message } = asMeetError(thrown);
      emit({ event: 'error', kind: 'video', code, message });
      return run.close('it failed');
    });
  return run;
}

/** An address at which a daemon that listens on `bind` is reached from its own machine. */
export function reachable(bind: string | undefined): string {
  return bind === undefined || bind === '::' || bind === '0.0.0.0' ? '127.0.0.1' : bind;
}
