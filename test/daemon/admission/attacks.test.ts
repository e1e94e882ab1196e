import { describe, expect, it } from 'vitest';
import { answerHost } from '../../../src/daemon/host-acts.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import type { NativeClientOptions } from '../../setup/native-client.js';
import { NativeClient, newSession } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { TestIdentity, exporterOf } from '../../setup/test-identity.js';
import { wirePicture, wirePreamble } from '../../setup/wire.js';
import { admit, expectUntouched, greeted, invited, opened } from './admission-scene.js';

describe.skipIf(needs('ip'))('whoever comes from elsewhere', () => {
  const { address } = useElsewhere();
  const from = (host: number): NativeClientOptions => ({ tls: {}, localAddress: address(host) });

  const silentFrom = (daemon: RunningDaemon, host: number): Promise<NativeClient> =>
    NativeClient.connect(daemon.ports.screen, 'screen', { localAddress: address(host) });

  it('waits without a key, and with a key that nobody knows', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    expect(await greeted(await opened(daemon, from(1)), {})).toBe('waiting');
    const client = await opened(daemon, from(2));
    const credentials = new TestIdentity().credentials(client.raw.socket);
    expect(await greeted(client, { credentials })).toBe('waiting');
    expectUntouched(daemon);
  });

  it('is let in by its key once that was admitted, and waits again when it was forgotten', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    const first = await opened(daemon, from(1));
    expect(await greeted(first, { credentials: identity.credentials(first.raw.socket) })).toBe(
      'waiting',
    );
    admit(daemon, 'kiosk');
    await first.answer('welcome');
    const second = await opened(daemon, from(3));
    const hello = { credentials: identity.credentials(second.raw.socket) };
    expect(await greeted(second, hello)).toBe('welcome');
    const forgotten = { type: 'admission', id: 1, action: 'forget', target: 'kiosk' } as const;
    expect(answerHost(daemon.daemon, forgotten)).toMatchObject({ ok: true });
    await second.answer('refused');
    const third = await opened(daemon, from(3));
    expect(await greeted(third, { credentials: identity.credentials(third.raw.socket) })).toBe(
      'waiting',
    );
  });

  it('is refused with a signature of another key', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon, from(1));
    const { signature } = new TestIdentity().credentials(client.raw.socket);
    const credentials = { key: new TestIdentity().key, signature };
    expect(await greeted(client, { credentials })).toBe('MEET_BAD_CREDENTIALS');
    expectUntouched(daemon);
  });

  it.each([
    ['none', {}],
    ['an empty one', { signature: '' }],
    ['half of one', { signature: 'A'.repeat(43) }],
    ['noise', { signature: 'A'.repeat(86) }],
  ])('is refused with a key and no signature that holds: %s', async (_, more) => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon, from(1));
    const credentials = { key: new TestIdentity().key, ...more };
    expect(await greeted(client, { credentials })).toBe('MEET_BAD_CREDENTIALS');
    expectUntouched(daemon);
  });

  it.each(['', 'A'.repeat(42), 'A'.repeat(44), '\u0000'.repeat(43), '-'.repeat(43)])(
    'is refused with the key %j, which is none',
    async (key) => {
      const daemon = await RunningDaemon.start({ rules: {} });
      const client = await opened(daemon, from(1));
      const credentials = { key, signature: 'A'.repeat(86) };
      expect(await greeted(client, { credentials })).toBe('MEET_BAD_CREDENTIALS');
      expectUntouched(daemon);
    },
  );

  it('is refused with a hello that was recorded on another connection', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    const first = await opened(daemon, from(1));
    const recorded = { credentials: identity.credentials(first.raw.socket), session: newSession() };
    expect(await greeted(first, recorded)).toBe('waiting');
    admit(daemon, 'kiosk');
    await first.answer('welcome');
    const second = await opened(daemon, from(1));
    expect(await greeted(second, recorded)).toBe('MEET_BAD_CREDENTIALS');
  });

  it('is refused with a signature that was made as the answer to a nonce', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    const client = await opened(daemon, from(1));
    // A daemon in plain could have chosen this very exporter as its nonce.
    const signature = identity.signature('nonce', exporterOf(client.raw.socket));
    const credentials = { key: identity.key, signature };
    expect(await greeted(client, { credentials })).toBe('MEET_BAD_CREDENTIALS');
  });

  it('cannot publish under a name that is admitted with another key', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const [owner, other] = [new TestIdentity(), new TestIdentity()];
    const first = await opened(daemon, from(1));
    await greeted(first, { name: 'kiosk 7', credentials: owner.credentials(first.raw.socket) });
    admit(daemon, 'kiosk 7');
    const second = await opened(daemon, from(2));
    await greeted(second, { name: 'guest', credentials: other.credentials(second.raw.socket) });
    admit(daemon, 'guest');
    // Also while the owner is not here.
    first.raw.end();
    const third = await opened(daemon, from(2));
    const hello = { name: 'kiosk 7', credentials: other.credentials(third.raw.socket) };
    expect(await greeted(third, hello)).toBe('MEET_NAME_TAKEN');
    expect(daemon.names).not.toContain('kiosk 7-2');
  });

  it("cannot take another's place by its session", async () => {
    const daemon = await RunningDaemon.start({ rules: { open: true } });
    const [owner, other] = [new TestIdentity(), new TestIdentity()];
    const session = newSession();
    const first = await opened(daemon, from(1));
    await greeted(first, { session, credentials: owner.credentials(first.raw.socket) });
    const second = await opened(daemon, from(2));
    const hello = { session, credentials: other.credentials(second.raw.socket) };
    expect(await greeted(second, hello)).toBe('MEET_BAD_CREDENTIALS');
    expect(await greeted(await opened(daemon, from(3)), { session })).toBe('MEET_BAD_CREDENTIALS');
    expect(first.isClosed).toBe(false);
  });

  it('is put out when it sends media while it waits, before anything of it is kept', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon, from(1));
    expect(await greeted(client, {})).toBe('waiting');
    client.send(wirePicture({}, Buffer.alloc(1024 * 1024, 1)));
    expect((await client.answer('refused'))['code']).toBe('MEET_NOT_ADMITTED');
    expect(daemon.daemon.stats().process.halfReceivedBytes).toBe(0);
    expectUntouched(daemon);
  });

  it.each(['chat', 'select', 'toggle', 'hello'])(
    'is put out when it sends %s while it waits',
    async (type) => {
      const daemon = await RunningDaemon.start({ rules: {} });
      const client = await opened(daemon, from(1));
      expect(await greeted(client, {})).toBe('waiting');
      const records: Readonly<Record<string, object | Buffer>> = {
        chat: { type, text: 'let me in' },
        select: { type, participants: 'all' },
        toggle: { type, id: 1, action: 'kick', target: 'kiosk' },
        hello: client.hello({}).subarray(32),
      };
      client.sendControl(records[type] ?? {});
      expect((await client.answer('refused'))['code']).toBe('MEET_NOT_ADMITTED');
      expectUntouched(daemon);
    },
  );

  it.each([
    [16 * 1024, {}],
    [4096, { 'waiting-bytes': 4096 }],
  ])('may say no more than %i bytes before it is let in', async (most, limits) => {
    const daemon = await RunningDaemon.start({ rules: {}, limits });
    const client = await opened(daemon, from(1));
    client.send(client.hello({ software: 'x'.repeat(most / 2), room: 'y'.repeat(most / 2) }));
    await client.closed;
    expect(daemon.log.entries.map(({ fields }) => fields)).toMatchObject([
      { code: 'MEET_FRAME_TOO_LARGE' },
    ]);
    expect(daemon.daemon.stats().process.faults).toEqual({ MEET_FRAME_TOO_LARGE: 1 });
  });

  it('waits no more when its connection ends', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon, from(1));
    expect(await greeted(client, {})).toBe('waiting');
    client.raw.socket.destroy();
    await daemon.event('waiting', ({ state }) => state === 'ended');
    expect(daemon.daemon.admission.room.entries).toEqual([]);
  });

  it('hears no when the host says so', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon, from(1));
    expect(await greeted(client, {})).toBe('waiting');
    const no = { type: 'admission', id: 1, action: 'refuse', target: 'kiosk' } as const;
    expect(answerHost(daemon.daemon, no)).toMatchObject({ ok: true });
    expect((await client.answer('refused'))['code']).toBe('MEET_NOT_ADMITTED');
    expectUntouched(daemon);
  });

  it('is turned away at random from ten on, and always from thirty-two on, the known ones never', async () => {
    const chances = [0.299, 0.301];
    const limits = { 'connections-per-address': 256 };
    const daemon = await RunningDaemon.start({
      rules: {},
      limits,
      random: () => chances[0] ?? 0,
    });
    const known = new TestIdentity();
    const first = await opened(daemon, from(1));
    await greeted(first, { credentials: known.credentials(first.raw.socket) });
    admit(daemon, 'kiosk');
    for (let guest = 0; guest < 10; guest += 1) {
      expect(await greeted(await opened(daemon, from(2)), { name: `guest ${guest}` })).toBe(
        'waiting',
      );
    }
    expect(await greeted(await opened(daemon, from(2)), {})).toBe('MEET_WAITING_FULL');
    chances.shift();
    expect(await greeted(await opened(daemon, from(2)), {})).toBe('waiting');
    chances[0] = 0.9999;
    while (daemon.daemon.admission.room.entries.length < 32) {
      expect(await greeted(await opened(daemon, from(2)), {})).toBe('waiting');
    }
    expect(await greeted(await opened(daemon, from(2)), {})).toBe('MEET_WAITING_FULL');
    const again = await opened(daemon, from(3));
    expect(await greeted(again, { credentials: known.credentials(again.raw.socket) })).toBe(
      'welcome',
    );
  });

  it('cannot keep others out by connections that say nothing', async () => {
    const limits = { 'connections-per-address': 256 };
    const daemon = await RunningDaemon.start({ rules: {}, limits, random: () => 0 });
    const silent = [];
    for (let count = 0; count < 9; count += 1) silent.push(await silentFrom(daemon, 1));
    // From ten on one makes room for each of another address, and none for its own.
    silent.push(await silentFrom(daemon, 1));
    expect(await greeted(await opened(daemon, from(2)), {})).toBe('waiting');
    await silent[0]?.closed;
    const own = await opened(daemon, from(1));
    expect(await greeted(own, {})).toBe('waiting');
    expect(silent.filter(({ isClosed }) => isClosed)).toHaveLength(1);
    silent.push(await silentFrom(daemon, 1));
    const refused = await opened(daemon, from(1));
    expect(await refused.answer('refused')).toMatchObject({ code: 'MEET_WAITING_FULL' });
  });

  it('is not heard for a while after ten bad credentials, in TLS or plain; others are', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const bad = { credentials: { key: new TestIdentity().key, signature: 'A'.repeat(86) } };
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect(await greeted(await opened(daemon, from(1)), bad)).toBe('MEET_BAD_CREDENTIALS');
    }
    const after = await opened(daemon, from(1));
    expect(await after.answer('refused')).toMatchObject({ code: 'MEET_ADDRESS_REFUSED' });
    const plain = await NativeClient.connect(daemon.ports.screen, 'screen', {
      localAddress: address(1),
    });
    plain.send(wirePreamble('screen'));
    expect(await plain.answer('refused')).toMatchObject({ code: 'MEET_ADDRESS_REFUSED' });
    expect(await greeted(await opened(daemon, from(2)), {})).toBe('waiting');
  });

  it('cannot use an invite that it shows in plain', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon);
    const client = await NativeClient.connect(daemon.ports.screen, 'screen', {
      localAddress: address(1),
    });
    client.send(wirePreamble('screen'));
    expect(await greeted(client, { credentials: { invite: token } })).toBe('MEET_BAD_CREDENTIALS');
    expectUntouched(daemon);
  });

  it('is let in by one invite for one only once, though two come at the same time', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon, { once: true });
    const clients = await Promise.all([opened(daemon, from(1)), opened(daemon, from(2))]);
    const answers = await Promise.all(
      clients.map((client) => {
        const own = new TestIdentity().credentials(client.raw.socket);
        return greeted(client, { credentials: { ...own, invite: token } });
      }),
    );
    expect(answers.sort()).toEqual(['MEET_INVITE_USED', 'welcome']);
  });
});
