// @ts-check
/** Runs in a terminal: makes its whole screen light or dark, as the socket in its argument says. */
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const input = connect(process.argv[2] ?? '');
input.on('error', () => process.exit(1));
input.on('close', () => process.exit(0));
createInterface({ input }).on('line', (line) => {
  process.stdout.write(line === 'light' ? '\x1b[?25l\x1b[107m\x1b[2J' : '\x1b[?25l\x1b[40m\x1b[2J');
});
