import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { stateFile } from '../../../src/cli/state-folder.js';
import { AdmittedKeys } from '../../../src/daemon/admission/admitted-keys.js';
import { Invites } from '../../../src/daemon/admission/invites.js';
import { systemClock } from '../../../src/transport/clock.js';
import type { MeetError } from '../../../src/transport/errors.js';
import { scratch } from '../../e2e/recorded.js';
import { TestIdentity } from '../../setup/test-identity.js';

const SINCE = '2026-01-02T03:04:05.000Z';

async function listPath(): Promise<string> {
  const { path } = await scratch();
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return join(path, 'list');
}

function row(name: string): {
  key: string;
  name: string;
  role: 'present';
  since: string;
  by: string;
} {
  return { key: new TestIdentity().key, name, role: 'present', since: SINCE, by: 'host' };
}

describe('the list of admitted keys', () => {
  it('is followed when somebody edits it, and when another daemon replaces it', async () => {
    const path = await listPath();
    const faults: MeetError[] = [];
    const keys = new AdmittedKeys(stateFile(path), (fault) => faults.push(fault));
    keys.admit(row('ada'));
    const bob = row('bob');
    await appendFile(path, `ed25519 ${bob.key} watch ${SINCE} host bob\n`);
    expect(keys.get(bob.key)).toMatchObject({ name: 'bob', role: 'watch' });
    const other = new AdmittedKeys(stateFile(path), () => undefined);
    other.remove(other.meant('ada'));
    expect(keys.rows.map(({ name }) => name)).toEqual(['bob']);
    expect(faults).toEqual([]);
  });

  it('is read as editors of other systems leave it, and no further than it may be', async () => {
    const path = await listPath();
    const faults: MeetError[] = [];
    const keys = new AdmittedKeys(stateFile(path), (fault) => faults.push(fault));
    const [ada, bob] = [row('ada'), row('bob')];
    const line = ({ key, name }: { key: string; name: string }): string =>
      `ed25519 ${key} watch ${SINCE} host ${name}`;
    // A mark of byte order, lines of another system, one name twice, and no end of the last line.
    const text = `\ufeff# mine\r\n${line(ada)}\r\n\r\n${line(bob)}\r\n${line({ ...bob, name: 'ada' })}`;
    await writeFile(path, text, { mode: 0o600 });
    expect(keys.rows.map(({ name }) => name)).toEqual(['ada', 'bob', 'ada']);
    expect([keys.owner('ada'), keys.get(bob.key)?.name]).toEqual([ada.key, 'bob']);
    expect(faults).toEqual([]);
    await writeFile(path, `${text}\n${'#'.repeat(10_000_000)}`);
    expect(keys.rows.length).toBe(3);
    expect(faults.map(({ message }) => message)).toEqual([
      expect.stringContaining('it is larger than 4194304 bytes'),
    ]);
  });

  it('with a line that cannot be read says so once, changes nothing, and is not written over', async () => {
    const path = await listPath();
    const faults: MeetError[] = [];
    const keys = new AdmittedKeys(stateFile(path), (fault) => faults.push(fault));
    keys.admit(row('ada'));
    const edited = (await readFile(path, 'utf8')).replace(/^ed25519.*$/m, 'ed25519 what is this');
    await writeFile(path, edited);
    for (let look = 0; look < 3; look += 1) {
      expect(keys.rows.map(({ name }) => name)).toEqual(['ada']);
    }
    expect(faults).toMatchObject([{ code: 'MEET_IDENTITY' }]);
    expect(faults[0]?.message).toContain(`${path}, line 2`);
    expect(() => {
      keys.admit(row('bob'));
    }).toThrow('line 2');
    expect(await readFile(path, 'utf8')).toBe(edited);
    await writeFile(path, edited.replace(/^ed25519.*$/m, ''));
    expect(keys.rows).toEqual([]);
    keys.admit(row('bob'));
    expect(await readFile(path, 'utf8')).toMatch(/ host bob\n$/);
  });

  it('does not let a daemon start that cannot read it', async () => {
    const path = await listPath();
    await writeFile(path, 'ed25519 short host\n');
    expect(() => new AdmittedKeys(stateFile(path), () => undefined)).toThrow('line 1');
  });
});

describe('the list of invites', () => {
  it('lets nobody use an invite for one whose use cannot be kept', async () => {
    const path = await listPath();
    const invites = new Invites(stateFile(path), systemClock, () => undefined);
    const { token } = invites.create({
      ...{ role: 'present', room: undefined, once: true, expiresMs: 60_000 },
    });
    const text = await readFile(path, 'utf8');
    await appendFile(path, 'noise\n');
    expect(() => invites.use(token, 'ada')).toThrow('line 2');
    await writeFile(path, text);
    expect(invites.use(token, 'ada')).toMatchObject({ usedBy: 'ada' });
    expect(() => invites.use(token, 'bob')).toThrow('somebody else');
  });
});
