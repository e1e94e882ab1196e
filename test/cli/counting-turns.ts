/**
 * A program that adds to a number in a file, a turn at a time, as often as it is told, and writes an id
 * into a list of keys beside it. Owns no file. Arguments: the folder, its own name, how often.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { beginTurn } from '../../src/cli/file-turn.js';
import { stateFile } from '../../src/cli/state-folder.js';
import { AdmittedKeys } from '../../src/daemon/admission/admitted-keys.js';
import { Identity } from '../../src/transport/identity.js';

const [, , folder = '', name = '', count = '0'] = process.argv;
const number = join(folder, 'number');
const keys = new AdmittedKeys(stateFile(join(folder, 'admitted')), () => undefined);
for (let turn = 0; turn < Number(count); turn += 1) {
  const end = beginTurn(number);
  writeFileSync(number, String(Number(readFileSync(number, 'utf8')) + 1));
  end();
  keys.admit({
    ...{ key: Identity.generate().identity.key, name: `${name} ${turn}`, role: 'present' },
    ...{ since: '2026-01-02T03:04:05.000Z', by: 'host' },
  });
}
