// @ts-check
/**
 * An X display of 1920x1080 with something on it: text that scrolls, or a picture that stands still.
 * Owns Xvfb and its one client.
 */
import { fileURLToPath } from 'node:url';
import { Program, firstLine } from './program.mjs';

const SCROLL = fileURLToPath(new URL('scroll-text.mjs', import.meta.url));
const START_TIMEOUT_MS = 15_000;
/** Columns and lines of an xterm with the 6x13 font: 966x654 pixels, a quarter of the screen. */
const GEOMETRY = '160x50+200+100';

export class Display {
  /**
   * @param {string} name
   * @param {Program} server
   * @param {Program} client
   */
  constructor(name, server, client) {
    /** As DISPLAY has it: `:99`. */
    this.name = name;
    this.server = server;
    this.client = client;
  }

  /** @param {'moving' | 'still'} content */
  static async start(content) {
    // -displayfd chooses a free number and tells it once the server takes clients.
    const args = ['-displayfd', '1', '-screen', '0', '1920x1080x24', '-nolisten', 'tcp'];
    const server = new Program('Xvfb', args);
    const told = firstLine(server.lines, (line) => /^\d+$/.exec(line)?.[0]);
    const what = 'its display number (apt-get install xvfb)';
    const name = `:${await server.before(told, what, START_TIMEOUT_MS)}`;
    const client = new Program(
      'xterm',
      [
        ...['-fn', '6x13', '-fa', '', '-geometry', GEOMETRY, '-e'],
        ...[process.execPath, SCROLL, content],
      ],
      { env: { DISPLAY: name } },
    );
    return new Display(name, server, client);
  }

  async stop() {
    await this.client.stop();
    await this.server.stop();
  }
}
