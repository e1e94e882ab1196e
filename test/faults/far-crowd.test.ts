import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { Identity } from '../../src/transport/identity.js';
import type { Scratch } from '../e2e/recorded.js';
import { scratch } from '../e2e/recorded.js';
import { useElsewhere } from '../setup/elsewhere.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { freePorts, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import type { SharingOptions } from '../transport/sharing.js';
import {
  BACK_WITHIN_MS,
  CLIENTS,
  LIMITS,
  connectedOf,
  crowd,
  expectBack,
  meetdArgs,
} from './crowd.js';

/** Over TLS, each key in two places that have names of their own. */
function twoPlaces(): (at: number) => Partial<SharingOptions> {
  let identity: Identity | undefined;
  return (at) => {
    if (at % 2 === 0) identity = Identity.generate().identity;
    const trust = (): void => undefined;
    return {
      name: `kiosk ${at}`,
      // Of many strangers at once some are turned away for now.
      waitMs: BACK_WITHIN_MS,
      security: { tls: 'required', ca: undefined, trust, identity, invite: undefined },
    };
  };
}

describe.skipIf(needs('ip'))(`${CLIENTS} clients of other machines, with TLS and keys`, () => {
  const { address } = useElsewhere();
  const from = (connection: number): string => address(1 + (connection % 200));

  it('that lose their connections at once are back within 30 s in their own places', async () => {
    const daemon = await RunningDaemon.start({ limits: LIMITS, rules: { open: true } });
    const proxy = await FaultProxy.listen(daemon.ports.screen, 1, { from });
    const sharers = await crowd(proxy.port, twoPlaces());
    const before = daemon.names;
    expect(before).toHaveLength(CLIENTS);
    await expectBack(proxy, sharers);
    expect(daemon.names).toEqual(before);
  }, 120_000);

  it('whose daemon was killed are back within 30 s of its return', async () => {
    const folder: Scratch = await scratch();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const ports = await freePorts();
    const args = [...meetdArgs(ports), '--tls', 'required', '--open'];
    const env = { XDG_STATE_HOME: folder.path };
    const options = { program: 'meetd', cwd: folder.path, env } as const;
    await using first = startMeet(args, options);
    await first.event('ready');
    const proxy = await FaultProxy.listen(ports.screen, 1, { from });
    const sharers = await crowd(proxy.port, twoPlaces());
    await first.end('SIGKILL');
    await systemClock.sleep(2000); // the outage itself
    await using second = startMeet(args, options);
    const { at } = await second.event('ready');
    const back = await second.event('stats', ({ process }) => process?.participants === CLIENTS);
    expect(Date.parse(back.at) - Date.parse(at)).toBeLessThan(BACK_WITHIN_MS);
    await expect.poll(() => connectedOf(sharers), { timeout: 10_000 }).toBe(CLIENTS);
  }, 120_000);
});
