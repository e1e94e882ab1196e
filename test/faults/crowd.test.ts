import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import type { Scratch } from '../e2e/recorded.js';
import { scratch } from '../e2e/recorded.js';
import { FaultProxy } from '../setup/fault-proxy.js';
import { freePorts, startMeet } from '../setup/meet-program.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { Sharing } from '../transport/sharing.js';
import {
  BACK_WITHIN_MS,
  CLIENTS,
  LIMITS,
  connectedOf,
  crowd,
  expectBack,
  meetdArgs,
} from './crowd.js';

describe(`${CLIENTS} clients that lose their connections at once`, () => {
  it('are back within 30 s in their own places, and one that lost nothing keeps its own', async () => {
    const daemon = await RunningDaemon.start({ limits: LIMITS });
    const healthy = new Sharing({ port: daemon.ports.screen });
    await healthy.stream.start();
    const proxy = await FaultProxy.listen(daemon.ports.screen);
    const sharers = await crowd(proxy.port);
    const before = daemon.names;
    expect(before).toHaveLength(CLIENTS + 1);
    await expectBack(proxy, sharers);
    expect(daemon.names).toEqual(before);
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
