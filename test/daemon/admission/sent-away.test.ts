import { describe, expect, it } from 'vitest';
import { answerHost } from '../../../src/daemon/host-acts.js';
import type { AdmissionRules } from '../../../src/daemon/admission/admission-rules.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import { NativeClient } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RawSocket } from '../../setup/raw-socket.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { TestIdentity } from '../../setup/test-identity.js';
import { wireJpeg } from '../../setup/wire.js';
import { admit, greeted, invited, opened } from './admission-scene.js';

describe.skipIf(needs('ip'))('one whom the host has sent away', () => {
  const { address } = useElsewhere();

  function kick(daemon: RunningDaemon, target: string): void {
    const request = { type: 'toggle', id: 1, action: 'kick', target } as const;
    expect(answerHost(daemon.daemon, request)).toMatchObject({ ok: true });
  }

  /** Comes with its key in a new session each time. */
  async function comes(
    daemon: RunningDaemon,
    identity: TestIdentity,
    credentials: object = {},
    name = 'noise',
  ): Promise<string> {
    const client = await opened(daemon, { localAddress: address(1) });
    const own = identity.credentials(client.raw.socket);
    return greeted(client, { name, credentials: { ...own, ...credentials } });
  }

  it.each<[string, Partial<AdmissionRules>]>([
    ['by an invite', {}],
    ['by an open door', { open: true }],
  ])('waits when it comes again %s, and is in when the host lets it in', async (_, rules) => {
    const daemon = await RunningDaemon.start({ rules });
    const invite = rules.open === true ? {} : { invite: invited(daemon).token };
    const [noise, other] = [new TestIdentity(), new TestIdentity()];
    expect(await comes(daemon, noise, invite)).toBe('welcome');
    kick(daemon, 'noise');
    expect(await comes(daemon, noise, invite)).toBe('waiting');
    expect(await comes(daemon, other, invite, 'other')).toBe('welcome');
    const [waiting] = daemon.daemon.admission.room.entries;
    admit(daemon, String(waiting?.number));
    expect(await comes(daemon, noise, invite)).toBe('welcome');
  });

  it('waits by its address, where it is an older client whose range is let in', async () => {
    const daemon = await RunningDaemon.start({ rules: { plainFrom: ['198.18.0.0/15'] } });
    const frame = Buffer.concat([Buffer.alloc(4), wireJpeg()]);
    frame.writeUInt32BE(frame.length - 4);
    const share = async (host: number): Promise<RawSocket> => {
      const socket = await RawSocket.connect(daemon.ports.screen, { localAddress: address(host) });
      socket.send(frame);
      return socket;
    };
    const first = await share(1);
    await daemon.event('joined');
    kick(daemon, daemon.names[0] ?? '');
    await first.closed;
    await share(1);
    await daemon.event('waiting', ({ origin }) => origin === 'older');
    expect(daemon.names).toEqual([]);
  });
});

describe('a number', () => {
  it('means whose it is, whatever others call themselves', async () => {
    const daemon = await RunningDaemon.start();
    const { screen } = daemon.ports;
    // Each has the other's number for its name.
    const first = await NativeClient.join(screen, 'screen', { name: '2' });
    const second = await NativeClient.join(screen, 'screen', { name: '1' });
    const request = { type: 'toggle', id: 1, action: 'kick', target: '1' } as const;
    expect(answerHost(daemon.daemon, request)).toMatchObject({ ok: true });
    expect(await first.answer('refused')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    expect(second.isClosed).toBe(false);
  });
});

describe("the host's name", () => {
  it.each(['host', ' Host', 'HOST', 'ｈｏｓｔ', 'ho\u00adst'])(
    'is nobody else\u2019s: %j',
    async (name) => {
      const daemon = await RunningDaemon.start({ hostSession: 'session-of-the-host' });
      const { screen } = daemon.ports;
      await NativeClient.join(screen, 'screen', { name });
      expect(daemon.names[0]).toMatch(/-2$/);
      await NativeClient.join(screen, 'screen', { name: 'host', session: 'session-of-the-host' });
      expect(daemon.names[1]).toBe('host');
    },
  );
});
