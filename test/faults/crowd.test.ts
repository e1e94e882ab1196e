import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import { Identity } from '../../src/transport/identity.js';
import type { Scratch } from '../e2e/recorded.js';
import { scratch } from '../e2e/recorded.js';
import { useElsewhere } from '../setup/elsewhere.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { freePorts, portsText, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import type { SharingOptions } from '../transport/sharing.js';
import { Sharing } from '../transport/sharing.js';

const CLIENTS = 500;
const BACK_WITHIN_MS = 30_000;
const LIMITS = { connections: 600, 'connections-per-address': 600 };
const TOGETHER = 50;

/** So many sharers, each with its own place. */
async function crowd(
  port: number,
  more: (at: number) => Partial<SharingOptions> = () => ({}),
): Promise<Sharing[]> {
  const sharers: Sharing[] = [];
  while (sharers.length < CLIENTS) {
    const from = sharers.length;
    const some = Array.from(
      { length: TOGETHER },
      (_, at) => new Sharing({ port, random: Math.random, ...more(from + at) }),
    );
    await Promise.all(some.map(({ stream }) => stream.start()));
    sharers.push(...some);
  }
  return sharers;
}

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

function meetdArgs(ports: Parameters<typeof portsText>[0]): string[] {
  const limits = Object.entries(LIMITS).flatMap(([name, value]) => ['--limit', `${name}=${value}`]);
  return ['--json', '--stats', '--no-record', '--ports', portsText(ports), ...limits];
}

function connectedOf(sharers: readonly Sharing[]): number {
  return sharers.filter(({ stream }) => stream.connected).length;
}

describe(`${CLIENTS} clients that lose their connections at once`, () => {
  it('are back within 30 s in their own places, and one that lost nothing keeps its own', async () => {
    const daemon = await RunningDaemon.start({ limits: LIMITS });
    const healthy = new Sharing({ port: daemon.ports.screen });
    await healthy.stream.start();
    const proxy = await FaultProxy.listen(daemon.ports.screen);
    const sharers = await crowd(proxy.port);
    const before = daemon.names;
    expect(before).toHaveLength(CLIENTS + 1);
    const beganMs = performance.now();
    proxy.resetAll();
    await Promise.all(sharers.map(({ lost }) => lost.several(1)));
    await expect
      .poll(() => connectedOf(sharers), { timeout: BACK_WITHIN_MS, interval: 50 })
      .toBe(CLIENTS);
    expect(performance.now() - beganMs).toBeLessThan(BACK_WITHIN_MS);
    expect(daemon.names).toEqual(before);
    for (const { opened } of sharers) {
      const numbers = opened.entries.map(({ participant }) => participant);
      expect(new Set(numbers).size).toBe(1);
    }
    expect(healthy.lost.entries).toEqual([]);
    healthy.send();
    await daemon.frames.several(1);
  }, 120_000);

  it('to a daemon that was killed are back within 30 s of its return', async () => {
    const folder: Scratch = await scratch();
    onTestFinished(() => folder[Symbol.asyncDispose]());
    const ports = await freePorts();
    const args = meetdArgs(ports);
    const options = { program: 'meetd', cwd: folder.path } as const;
    await using first = startMeet(args, options);
    await first.event('ready');
    const sharers = await crowd(ports.screen);
    await first.end('SIGKILL');
    await systemClock.sleep(2000); // the outage itself
    await using second = startMeet(args, options);
    const { at } = await second.event('ready');
    const back = await second.event('stats', ({ process }) => process?.connections === CLIENTS);
    expect(Date.parse(back.at) - Date.parse(at)).toBeLessThan(BACK_WITHIN_MS);
    expect(connectedOf(sharers)).toBe(CLIENTS);
  }, 120_000);
});

describe.skipIf(needs('ip'))(`${CLIENTS} clients of other machines, with TLS and keys`, () => {
  const { address } = useElsewhere();
  const from = (connection: number): string => address(1 + (connection % 200));

  it('that lose their connections at once are back within 30 s in their own places', async () => {
    const daemon = await RunningDaemon.start({ limits: LIMITS, rules: { open: true } });
    const proxy = await FaultProxy.listen(daemon.ports.screen, 1, from);
    const sharers = await crowd(proxy.port, twoPlaces());
    const before = daemon.names;
    expect(before).toHaveLength(CLIENTS);
    const beganMs = performance.now();
    proxy.resetAll();
    await Promise.all(sharers.map(({ lost }) => lost.several(1)));
    await expect
      .poll(() => connectedOf(sharers), { timeout: BACK_WITHIN_MS, interval: 50 })
      .toBe(CLIENTS);
    expect(performance.now() - beganMs).toBeLessThan(BACK_WITHIN_MS);
    expect(daemon.names).toEqual(before);
    for (const { opened } of sharers) {
      expect(new Set(opened.entries.map(({ participant }) => participant)).size).toBe(1);
    }
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
    const proxy = await FaultProxy.listen(ports.screen, 1, from);
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
