import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePorts, quietEnv } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import { RawSocket } from '../setup/raw-socket.js';
import type { Pane } from '../setup/tmux-panes.js';
import { TmuxPanes } from '../setup/tmux-panes.js';
import { received } from './play-scene.js';

const MEET = [process.execPath, fileURLToPath(new URL('../../bin/meet.js', import.meta.url))];
const TIMEOUT = { timeout: 120_000 };

/** Puts the mark of whose turn it is onto a square, 1 to 9, and waits for the move on both screens. */
async function move(mover: Pane, other: Pane, square: number, words: string): Promise<void> {
  await mover.shows(/your move/);
  await mover.keys(String(square), 'Enter');
  for (const pane of [mover, other]) await pane.shows(new RegExp(`last move: ${words}`));
}

async function startHost(panes: TmuxPanes, port: number): Promise<Pane> {
  const host = await panes.run([...MEET, 'play', '--host-game', '--port', String(port)]);
  await host.shows(/waiting for a player on 127\.0\.0\.1 port/);
  return host;
}

/** A host on a terminal, with a bare socket opposite. */
async function hostAndSocket(panes: TmuxPanes): Promise<{ host: Pane; guest: RawSocket }> {
  const { screen: port } = await freePorts();
  const host = await startHost(panes, port);
  const guest = await RawSocket.connect(port);
  await host.shows(/your move/);
  return { host, guest };
}

describe.skipIf(needs('tmux'))('meet play on a terminal', TIMEOUT, () => {
  it('is played between two panes, with a revenge, and ends with the result below', async () => {
    await using panes = new TmuxPanes(quietEnv());
    const { screen: port } = await freePorts();
    const host = await startHost(panes, port);
    const guest = await panes.run([...MEET, 'play', '--join', `127.0.0.1:${port}`]);
    await guest.shows(/you are O.*\n.*moves \(X\)/);
    await move(host, guest, 1, 'X 0,0');
    await move(guest, host, 4, 'O 1,0');
    await move(host, guest, 2, 'X 0,1');
    await move(guest, host, 5, 'O 1,1');
    // By arrows: up and to the right of the square that was chosen last.
    await host.shows(/your move/);
    await host.keys('Right', 'Enter');
    for (const pane of [host, guest]) {
      expect(await pane.shows(/X won/)).toMatch(/\*X\*.*\*X\*.*\*X\*/);
    }
    await host.keys('r');
    await host.shows(/revenge: waiting for a player/);
    await guest.keys('r');
    for (const pane of [host, guest]) await pane.shows(/game 2[^]*no move yet/);
    await move(host, guest, 9, 'X 2,2');
    await guest.keys('q');
    await guest.shows(/Leave the game\?/);
    await guest.keys('n');
    await guest.shows(/1-9 square/);
    await guest.keys('q');
    await guest.shows(/Leave the game\?/);
    await guest.keys('y');
    await guest.shows(/you left before the end of the game \(MEET_PLAYER_GONE\)\nexit code 1/);
    await host.shows(/O \(127\.0\.0\.1:\d+\) vanished before the end[^]*exit code 1/);
  });

  it('ends with 0 when it is left after a result, which is the last line', async () => {
    await using panes = new TmuxPanes(quietEnv());
    const { host, guest } = await hostAndSocket(panes);
    await host.keys('1', 'Enter');
    await received(guest, '0,0');
    guest.send(Buffer.from('1,0'));
    await host.shows(/last move: O 1,0/);
    await host.keys('2', 'Enter');
    await received(guest, '0,00,1');
    guest.send(Buffer.from('1,1'));
    await host.shows(/last move: O 1,1/);
    await host.keys('3', 'Enter');
    await host.shows(/X won \(you\)/);
    await host.keys('q');
    expect((await host.shows(/exit code/)).trim()).toBe('X won (you)\nexit code 0');
  });

  it('fits any size, without colours too, and comes back from a tiny one', async () => {
    await using panes = new TmuxPanes({ ...quietEnv(), NO_COLOR: '1' });
    const { host, guest } = await hostAndSocket(panes);
    expect(await host.screen()).toMatch(/ {3}4 {3}│ {2}\[5\] {2}│ {3}6/);
    await host.resize(40, 14);
    await host.shows(/^ *4 │\[5\]│ 6 *$/m);
    await host.resize(20, 4);
    await host.shows(/^\.\.\.\/\.\.\.\/\.\.\. your…?/m);
    await host.resize(5, 1);
    await host.shows(/^\.\.\./);
    await host.keys('1', 'Enter');
    await received(guest, '0,0');
    await host.resize(80, 24);
    await host.shows(/\(X\)/);
    // Bold, dim and inverse may be there, a colour may not.
    expect(await host.screen(true)).not.toMatch(/\u001b\[[\d;]*\b[34][0-7]m/);
  });

  it('refuses a taken square on the board, and takes keys that come in one read', async () => {
    await using panes = new TmuxPanes(quietEnv());
    const { host, guest } = await hostAndSocket(panes);
    await host.keys('-H', '31', '0d');
    await received(guest, '0,0');
    guest.send(Buffer.from('1,1'));
    await host.shows(/last move: O 1,1/);
    await host.keys('1', 'Enter');
    await host.shows(/not done: 0,0 is taken by X/);
    await host.keys('-H', '1b', '5b', '42', '1b', '5b', '42', '0d');
    await received(guest, '0,02,0');
  });

  it('gives the terminal back whatever ends it', async () => {
    await using panes = new TmuxPanes(quietEnv());
    const foul = await hostAndSocket(panes);
    foul.guest.send(Buffer.from('\u001b]0;owned\u0007'));
    await foul.host.shows(/broke the rules: "\\x1b\]0;owned\\x07" is no move[^]*exit code 1/);
    const gone = await hostAndSocket(panes);
    gone.guest.reset();
    await gone.host.shows(/vanished before the end[^]*exit code 1/);
    const asked = await hostAndSocket(panes);
    await asked.host.keys('C-c');
    await asked.host.shows(/Leave the game\?/);
    await asked.host.keys('C-c');
    await asked.host.shows(/you left before the end[^]*exit code 1/);
    const ended = await hostAndSocket(panes);
    await ended.host.kill('SIGTERM');
    await ended.host.shows(/^exit code 143/m);
    expect(await ended.guest.closed).toBeUndefined();
  });
});
