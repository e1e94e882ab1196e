import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stateFolder } from '../../src/cli/state-folder.js';

describe('keys and lists', () => {
  it.each([
    [{ STATE_DIRECTORY: '/var/lib/meet:/other', HOME: '/home/ann' }, '/var/lib/meet'],
    [{ XDG_STATE_HOME: '/state', HOME: '/home/ann' }, '/state/meet'],
    [{ XDG_STATE_HOME: '', HOME: '/home/ann' }, '/home/ann/.local/state/meet'],
    [{ HOME: '' }, join(userInfo().homedir, '.local/state/meet')],
    [{}, join(userInfo().homedir, '.local/state/meet')],
  ])('are, with %o, in %s', (env, folder) => {
    expect(stateFolder({ env })).toBe(folder);
  });

  it('have no folder where the user has no home, which says how to give one', () => {
    const ownHome = (): string => {
      throw new Error('uv_os_get_passwd returned ENOENT');
    };
    expect(() => stateFolder({ env: {} }, ownHome)).toThrow(
      expect.objectContaining({
        code: 'MEET_IDENTITY',
        message: expect.stringContaining('STATE_DIRECTORY') as unknown,
      }) as Error,
    );
    expect(stateFolder({ env: { HOME: '/home/ann' } }, ownHome)).toBe(
      '/home/ann/.local/state/meet',
    );
  });
});
