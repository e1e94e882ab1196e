import { describe, expect, it } from 'vitest';
import { answerHost } from '../../../src/daemon/host-acts.js';
import { inviteAct } from '../../../src/daemon/invite-acts.js';
import { Invites, inviteId } from '../../../src/daemon/admission/invites.js';
import type { TextFile } from '../../../src/daemon/admission/text-file.js';
import { textInMemory } from '../../../src/daemon/admission/text-file.js';
import { systemClock } from '../../../src/transport/clock.js';
import { MeetError, asMeetError } from '../../../src/transport/errors.js';
import { ManualClock } from '../../setup/manual-clock.js';
import type { NativeClient } from '../../setup/native-client.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { TestIdentity } from '../../setup/test-identity.js';
import { admit, expectUntouched, greeted, invited, opened } from './admission-scene.js';

/** An invite of a minute, and what it is worth to whoever uses it. */
function clockedInvite(onFault: (fault: MeetError) => void = () => undefined): {
  clock: ManualClock;
  file: TextFile;
  invites: Invites;
  token: string;
  used: () => string;
} {
  const clock = new ManualClock();
  const file = textInMemory('invites');
  const invites = new Invites(file, clock, onFault);
  const { token } = invites.create({
    ...{ role: 'present', room: undefined, once: false, expiresMs: 60_000 },
  });
  const used = (): string => {
    try {
      return invites.use(token, 'somebody').role;
    } catch (thrown) {
      return asMeetError(thrown).code;
    }
  };
  return { clock, file, invites, token, used };
}

describe('an invite', () => {
  it('has an id that no command takes for an option', () => {
    const ids = Array.from({ length: 256 }, (_, first) => inviteId(Buffer.alloc(6, first)));
    expect(ids.filter((id) => id.startsWith('-'))).toEqual([]);
    expect(ids[0xfb]).toBe('_' + Buffer.alloc(6, 0xfb).toString('base64url').slice(1));
  });

  it('is refused when it was made up, revoked, or its time is over', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const madeUp = { credentials: { invite: `${invited(daemon).id}.${'A'.repeat(32)}` } };
    expect(await greeted(await opened(daemon), madeUp)).toBe('MEET_BAD_CREDENTIALS');
    const revoked = invited(daemon);
    inviteAct(daemon.daemon, { type: 'invite', id: 2, action: 'revoke', target: revoked.id });
    const second = { credentials: { invite: revoked.token } };
    expect(await greeted(await opened(daemon), second)).toBe('MEET_INVITE_REVOKED');
    const short = invited(daemon, { expiresMs: 1 });
    await systemClock.sleep(2);
    const third = { credentials: { invite: short.token } };
    expect(await greeted(await opened(daemon), third)).toBe('MEET_INVITE_EXPIRED');
    expectUntouched(daemon);
  });

  it('puts out whoever is here by it when it is revoked', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { id, token } = invited(daemon);
    const client = await opened(daemon);
    expect(await greeted(client, { credentials: { invite: token } })).toBe('welcome');
    inviteAct(daemon.daemon, { type: 'invite', id: 2, action: 'revoke', target: id });
    expect((await client.answer('refused'))['code']).toBe('MEET_INVITE_REVOKED');
  });

  it('expires by the wall clock, and is good no more when that is set back', () => {
    const { clock, file, token, used } = clockedInvite();
    clock.advance(1);
    expect(used()).toBe('present');
    clock.jumpWall(59_999);
    expect(used()).toBe('MEET_INVITE_EXPIRED');
    clock.jumpWall(-3_600_000);
    expect(used()).toBe('MEET_INVITE_EXPIRED');
    // Nor for the next daemon, once it was written down.
    clock.jumpWall(3_600_000);
    new Invites(file, clock, () => undefined).tick();
    clock.jumpWall(-3_600_000);
    const next = new Invites(file, clock, () => undefined);
    expect(() => next.use(token, 'somebody')).toThrow(/expired/);
  });

  it('expires after its time where the wall clock was set back before', () => {
    const { clock, used } = clockedInvite();
    clock.jumpWall(-3_600_000);
    clock.advance(59_999);
    expect(used()).toBe('present');
    clock.advance(1);
    expect(used()).toBe('MEET_INVITE_EXPIRED');
  });

  it('that is over is written down by a daemon of which nobody asks it', () => {
    const { clock, file, invites } = clockedInvite();
    clock.advance(60_000);
    expect(file.read()).not.toContain('expiredAt');
    invites.tick();
    expect(file.read()).toContain('"expiredAt":"2026-11-23T12:16:30.000Z"');
  });

  it('is over until the daemon ends where that cannot be written down, and this is told once', () => {
    const faults: string[] = [];
    const { clock, file, invites, used } = clockedInvite((fault) => faults.push(fault.code));
    file.write = () => {
      throw new MeetError('MEET_IDENTITY', 'no space');
    };
    clock.advance(60_000);
    for (let minute = 0; minute < 3; minute += 1) {
      invites.tick();
      clock.advance(60_000);
    }
    clock.jumpWall(-3_600_000);
    expect([used(), ...faults]).toEqual(['MEET_INVITE_EXPIRED', 'MEET_IDENTITY']);
  });

  it('leads to its room and no other', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon, { room: 'lab' });
    const client = await opened(daemon);
    expect(await greeted(client, { room: 'board', credentials: { invite: token } })).toBe(
      'welcome',
    );
    expect(await client.answer('welcome')).toMatchObject({ room: 'lab', role: 'present' });
  });
});

describe('a role', () => {
  it('of a watcher does not let it publish, by whatever record', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon, { role: 'watch' });
    const credentials = { invite: token };
    expect(await greeted(await opened(daemon), { credentials })).toBe('MEET_ROLE');
    for (const send of [
      (client: NativeClient) => {
        client.sendPicture();
      },
      (client: NativeClient) => {
        client.sendControl({ type: 'stream', state: 'on' });
      },
    ]) {
      const client = await opened(daemon);
      expect(await greeted(client, { role: 'subscribe', credentials })).toBe('welcome');
      send(client);
      expect((await client.answer('refused'))['code']).toBe('MEET_ROLE');
    }
    expect(daemon.frames.entries).toEqual([]);
  });

  it('of a presenter does not let it do what a host does', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const victim = await opened(daemon);
    await greeted(victim, { name: 'victim' });
    const client = await opened(daemon);
    await greeted(client, { role: 'subscribe' });
    client.sendControl({ type: 'toggle', id: 7, action: 'mute', target: 'victim' });
    client.sendControl({ type: 'toggle', id: 8, action: 'kick', target: 'victim' });
    client.sendControl({ type: 'admission', id: 9, action: 'admit', target: 'x', role: 'host' });
    client.sendControl({ type: 'invite', id: 10, action: 'create', role: 'host' });
    await client.answers.first((answer) => answer['id'] === 10);
    const done = client.answers.entries.filter(({ type }) => type === 'done');
    expect(done).toMatchObject([7, 8, 9, 10].map((id) => ({ id, ok: false, code: 'MEET_ROLE' })));
    expect(victim.isClosed).toBe(false);
    expect(daemon.daemon.admission.invites.rows).toEqual([]);
  });

  it('of a host, by an invite, lets it', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { token } = invited(daemon, { role: 'host' });
    const victim = await opened(daemon);
    await greeted(victim, { name: 'victim' });
    const client = await opened(daemon);
    await greeted(client, { role: 'subscribe', credentials: { invite: token } });
    client.sendControl({ type: 'toggle', id: 7, action: 'stop', target: 'victim', kind: 'screen' });
    expect(await client.answer('done')).toMatchObject({ id: 7, ok: true });
    expect(await victim.answers.first(({ held }) => held === true)).toBeDefined();
  });

  it('that is lowered while its peer is here counts from the next record on', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const identity = new TestIdentity();
    daemon.daemon.admission.keys.admit({
      ...{ key: identity.key, name: 'kiosk', role: 'present' },
      ...{ since: '2026-01-01T00:00:00Z', by: 'host' },
    });
    const client = await opened(daemon);
    await greeted(client, { credentials: identity.credentials(client.raw.socket) });
    client.sendPicture();
    await daemon.frames.several(1);
    admit(daemon, 'kiosk', 'watch');
    client.sendPicture({ sequence: 1 });
    expect((await client.answer('refused'))['code']).toBe('MEET_ROLE');
    expect(daemon.frames.entries).toHaveLength(1);
  });

  it.each([true, false])(
    'that is given to one who is here by an invite counts at once (with a key: %s)',
    async (hasKey) => {
      const daemon = await RunningDaemon.start({ rules: {} });
      const { token } = invited(daemon, { role: 'watch' });
      const client = await opened(daemon);
      const identity = new TestIdentity();
      const known = hasKey ? identity.credentials(client.raw.socket) : {};
      const hello = { name: 'ada', role: 'subscribe', credentials: { ...known, invite: token } };
      expect(await greeted(client, hello)).toBe('welcome');
      admit(daemon, 'ada', 'host');
      client.sendControl({ type: 'toggle', id: 7, action: 'stop', target: 'ada' });
      expect(await client.answer('done')).toMatchObject({ id: 7, ok: true });
      const rows = daemon.daemon.admission.keys.rows.map(({ key, name, role }) => [
        key,
        name,
        role,
      ]);
      expect(rows).toEqual(hasKey ? [[identity.key, 'ada', 'host']] : []);
    },
  );

  it('is given by the name of who is here, and not by a number of who waited once', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const client = await opened(daemon);
    await greeted(client, { name: 'ada' });
    const done = answerHost(daemon.daemon, {
      ...{ type: 'admission', id: 1, action: 'admit', target: '1', role: 'host' },
    });
    expect(done).toMatchObject({ ok: false, code: 'MEET_USAGE' });
  });
});
