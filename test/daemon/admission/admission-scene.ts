/**
 * Clients over TLS and a host, for tests of who may come in. Owns nothing: daemon and clients end with
 * the test.
 */
import { expect } from 'vitest';
import { answerHost } from '../../../src/daemon/host-acts.js';
import { inviteAct } from '../../../src/daemon/invite-acts.js';
import type { InviteRecord, Role } from '../../../src/transport/admission-records.js';
import type { NativeClientOptions } from '../../setup/native-client.js';
import { NativeClient } from '../../setup/native-client.js';
import type { RunningDaemon } from '../../setup/running-daemon.js';
import { wirePreamble } from '../../setup/wire.js';

/** A client over TLS that has said its preamble. */
export async function opened(
  daemon: RunningDaemon,
  options: NativeClientOptions = {},
): Promise<NativeClient> {
  const client = await NativeClient.connect(daemon.ports.screen, 'screen', { tls: {}, ...options });
  client.send(wirePreamble('screen'));
  return client;
}

/** Says hello with these fields and returns the answer that decides. */
export async function greeted(client: NativeClient, hello: object): Promise<string> {
  client.send(client.hello(hello));
  const answer = await client.answers.first(({ type }) =>
    ['welcome', 'waiting', 'refused'].includes(type),
  );
  return answer.type === 'refused' ? String(answer['code']) : answer.type;
}

export function invited(
  daemon: RunningDaemon,
  wish: Partial<InviteRecord> = {},
): { id: string; token: string } {
  const { id, token } = inviteAct(daemon.daemon, {
    type: 'invite',
    id: 1,
    action: 'create',
    ...wish,
  });
  return { id: String(id), token: String(token) };
}

export function admit(daemon: RunningDaemon, target: string, role: Role = 'present'): void {
  const done = answerHost(daemon.daemon, {
    type: 'admission',
    id: 1,
    action: 'admit',
    target,
    role,
  });
  expect(done).toMatchObject({ ok: true });
}

/** Nobody is in the meeting, and nothing was published. */
export function expectUntouched({ daemon, frames }: RunningDaemon): void {
  expect([...daemon.hub.participants]).toEqual([]);
  expect(frames.entries).toEqual([]);
}
