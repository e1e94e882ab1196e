import { describe, expect, it } from 'vitest';
import { answerHost } from '../../../src/daemon/host-acts.js';
import { inviteAct } from '../../../src/daemon/invite-acts.js';
import type { TextFile } from '../../../src/daemon/admission/text-file.js';
import { textInMemory } from '../../../src/daemon/admission/text-file.js';
import { MeetError } from '../../../src/transport/errors.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon } from '../../setup/running-daemon.js';
import { TestIdentity } from '../../setup/test-identity.js';
import { admit, greeted, invited, opened } from './admission-scene.js';

/** A list on a disk that can be filled. */
function listOnDisk(name: string): { file: TextFile; fill: () => void } {
  const file = textInMemory(name);
  let isFull = false;
  return {
    file: {
      ...file,
      write: (text) => {
        if (isFull) throw new MeetError('MEET_IDENTITY', `${name} cannot be written (ENOSPC)`);
        file.write(text);
      },
    },
    fill: () => {
      isFull = true;
    },
  };
}

describe.skipIf(needs('ip'))('on a disk that is full', () => {
  const { address } = useElsewhere();

  it('whom the host forgets is put out and waits, and the host is told', async () => {
    const { file, fill } = listOnDisk('admitted');
    const daemon = await RunningDaemon.start({ rules: { admitted: file } });
    const identity = new TestIdentity();
    const hello = (socket: unknown): object => ({
      ...{ name: 'k', credentials: identity.credentials(socket) },
    });
    const client = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(client, hello(client.raw.socket))).toBe('waiting');
    admit(daemon, 'k');
    await client.answer('welcome');
    fill();
    const done = answerHost(daemon.daemon, {
      ...{ type: 'admission', id: 2, action: 'forget', target: 'k' },
    });
    expect(done).toMatchObject({ ok: false, code: 'MEET_IDENTITY' });
    expect(done.message).toContain('it is taken back until the daemon ends');
    expect(await client.answer('refused')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    const back = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(back, hello(back.raw.socket))).toBe('waiting');
  });

  it('an invite that is revoked is good no more, and the host is told', async () => {
    const { file, fill } = listOnDisk('invites');
    const daemon = await RunningDaemon.start({ rules: { invites: file } });
    const { id, token } = invited(daemon);
    const hello = { credentials: { invite: token } };
    const client = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(client, hello)).toBe('welcome');
    fill();
    const revoke = (): unknown =>
      inviteAct(daemon.daemon, { type: 'invite', id: 2, action: 'revoke', target: id });
    expect(revoke).toThrow(expect.objectContaining({ code: 'MEET_IDENTITY' }));
    expect(await client.answer('refused')).toMatchObject({ code: 'MEET_INVITE_REVOKED' });
    const back = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(back, hello)).toBe('MEET_INVITE_REVOKED');
  });

  it('an invite for one lets nobody in whose use cannot be kept', async () => {
    const { file, fill } = listOnDisk('invites');
    const daemon = await RunningDaemon.start({ rules: { invites: file } });
    const { token } = invited(daemon, { once: true });
    fill();
    const client = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(client, { credentials: { invite: token } })).toBe('MEET_IDENTITY');
  });
});
