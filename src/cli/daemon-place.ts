/**
 * Where the daemon is that a command is to speak to over TCP. Owns the way from `--host` and `--ports`,
 * or from this machine's control socket, to an address; connects to nothing else.
 */
import { z } from 'zod';

import { asMeetError } from '../transport/errors.js';
import type { StreamKind } from '../transport/stream-kind.js';
import { openDaemonControl } from './control-client.js';
import type { Io } from './io.js';

type Ports = Readonly<Record<StreamKind, number>>;

const LOOPBACK = '127.0.0.1';
const ANY_ADDRESS: readonly string[] = ['0.0.0.0', '::'];

const port = z.int();
const daemonAddress = z.object({
  host: z.string(),
  ports: z.object({ screen: port, video: port, audio: port }),
});

/** This machine's daemon tells its ports by its control socket, where there is one. */
export async function daemonPlace(
  io: Io,
  { host, ports }: { readonly host: string | undefined; readonly ports: Ports },
): Promise<{ readonly host: string; readonly ports: Ports }> {
  if (host !== undefined) return { host, ports };
  try {
    const client = await openDaemonControl(io, ports.screen);
    const status = daemonAddress.parse(await client.ask({ type: 'query', what: 'status' }));
    await client.close();
    return { ...status, host: ANY_ADDRESS.includes(status.host) ? LOOPBACK : status.host };
  } catch (thrown) {
    // Another user's daemon may listen there all the same.
    if (asMeetError(thrown).code === 'MEET_UNREACHABLE') return { host: LOOPBACK, ports };
    throw thrown;
  }
}
