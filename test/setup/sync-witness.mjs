// @ts-check
/**
 * Loaded into a real daemon before its own code (`node --import`): appends a line `path bytes` to the
 * file $SYNC_WITNESS for each sync of a recording that is done, at once. Changes nothing else.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const lines = fs.openSync(process.env['SYNC_WITNESS'] ?? '', 'a', 0o600);
const { fdatasync } = fs;

/** @type {(fd: number, done: (error: NodeJS.ErrnoException | null) => void) => void} */
function witnessed(fd, done) {
  const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
  const bytes = fs.fstatSync(fd).size;
  fdatasync(fd, (error) => {
    if (error === null && path.endsWith('.mkv')) fs.writeSync(lines, `${path} ${bytes}\n`);
    done(error);
  });
}

Object.assign(fs, { fdatasync: witnessed });
syncBuiltinESMExports();
