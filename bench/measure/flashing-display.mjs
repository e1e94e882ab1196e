// @ts-check
/**
 * An X display that is one terminal whose background changes when it is told to. Owns Xvfb, the
 * terminal and the line to what runs in it.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program, firstLine, requireProgram } from './program.mjs';

const FLASH = fileURLToPath(new URL('flash-text.mjs', import.meta.url));
const START_TIMEOUT_MS = 15_000;

export class FlashingDisplay {
  /**
   * @param {string} name As DISPLAY has it.
   * @param {import('node:net').Socket} line
   * @param {() => Promise<void>} stop
   */
  constructor(name, line, stop) {
    this.name = name;
    this.line = line;
    this.stop = stop;
  }

  /** @param {string} folder For the socket. */
  static async start(folder) {
    requireProgram('Xvfb', 'xvfb');
    requireProgram('xterm', 'xterm');
    const path = join(folder, 'flash');
    const lines = createServer().listen(path);
    await once(lines, 'listening');
    const args = ['-displayfd', '1', '-screen', '0', '640x480x24', '-nolisten', 'tcp'];
    const server = new Program('Xvfb', args);
    const told = firstLine(server.lines, (line) => /^\d+$/.exec(line)?.[0]);
    const name = `:${await server.before(told, 'its display number', START_TIMEOUT_MS)}`;
    const child = ['-e', process.execPath, FLASH, path];
    const look = ['-fn', '6x13', '-fa', '', '-geometry', '120x40+0+0', ...child];
    const client = new Program('xterm', look, { env: { DISPLAY: name } });
    const connected = once(lines, 'connection');
    const [line] = await client.before(connected, 'its line', START_TIMEOUT_MS);
    return new FlashingDisplay(name, line, async () => {
      await client.stop();
      await server.stop();
      lines.close();
    });
  }

  /** Says that the screen is to be light or dark; the change comes after. @param {boolean} light */
  flash(light) {
    this.line.write(light ? 'light\n' : 'dark\n');
  }
}
