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
});
