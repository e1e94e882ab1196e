import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startOlderPlayer } from '../setup/older-player.js';
import { needs } from '../setup/programs.js';
import { RawSocket } from '../setup/raw-socket.js';
import {
  guestAndSocket,
  hostAndSocket,
  lastLine,
  received,
  startHost,
  startPlay,
} from './play-scene.js';

/** Moves of X and of O, the result, and how it ends for each. */
const GAMES = [
  { what: 'X wins', x: ['0,0', '0,1', '0,2'], o: ['1,0', '1,1'], ends: ['won', 'lost'] },
  { what: 'O wins', x: ['0,0', '0,1', '2,2'], o: ['1,0', '1,1', '1,2'], ends: ['lost', 'won'] },
  {
    what: 'nobody wins',
    x: ['0,0', '0,1', '1,2', '2,0', '2,2'],
    o: ['1,1', '0,2', '1,0', '2,1'],
    ends: ['tie', 'tie'],
  },
] as const;

const LAST_LINE = {
  won: /^[XO] won \(you\)$/,
  lost: /^[XO] won \(127\.0\.0\.1:\d+\)$/,
  tie: /^tie/,
};

describe.skipIf(needs('python3'))('meet play and a player of the older wire in Python', () => {
  it.each(GAMES)('hosts to the end: $what', async ({ x, o, ends: [own, theirs] }) => {
    const { host, port } = await startHost();
    const python = startOlderPlayer('guest', port, o);
    host.write(`${x.join('\n')}\n`, true);
    const end = await host.ended;
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(lastLine(end)).toMatch(LAST_LINE[own]);
    expect(await python.ended).toEqual({ last: theirs, exitCode: 0 });
  });

  it.each(GAMES)('is a guest to the end: $what', async ({ x, o, ends: [theirs, own] }) => {
    const python = startOlderPlayer('host', 0, x);
    const guest = startPlay('--join', `127.0.0.1:${await python.port}`);
    guest.write(`${o.join('\n')}\n`, true);
    const end = await guest.ended;
    expect(end).toMatchObject({ exitCode: 0, stderr: '' });
    expect(lastLine(end)).toMatch(LAST_LINE[own]);
    expect(await python.ended).toEqual({ last: theirs, exitCode: 0 });
  });

  it('names the player that was killed, and ends with 1', async () => {
    const python = startOlderPlayer('host', 0, ['1,1', '0,0']);
    const guest = startPlay('--join', `127.0.0.1:${await python.port}`);
    await guest.line('stdout', /^X 1,1/);
    process.kill(python.pid, 'SIGKILL');
    const end = await guest.ended;
    expect(end.exitCode).toBe(1);
    expect(end.stderr).toMatch(
      /^meet: X \(127\.0\.0\.1:\d+\) vanished before the end of the game \(MEET_PLAYER_GONE\)$/m,
    );
  });

  it('leaves an older player a closed connection when it is killed itself', async () => {
    const { host, port } = await startHost();
    const python = startOlderPlayer('guest', port, ['0,0']);
    await host.line('stdout', /^you are X/);
    await host.end('SIGKILL');
    expect(await python.ended).toEqual({ last: 'gone', exitCode: 0 });
  });
});

const FOUL = /^meet: ([XO]) \(127\.0\.0\.1:\d+\) broke the rules: (.*) \(MEET_PLAY_MOVE\)$/m;

describe('a peer that does not keep to the wire', () => {
  it.each([
    ['a square that is none', '3,0', /"3,0" is no move/],
    ['a negative one', '-1,0', /"-1,0" is no move/],
    ['two digits', '0,12', /"0,12" is no move/],
    ['another separator', '0;0', /"0;0" is no move/],
    ['words', 'hello', /"hello" is no move/],
    ['escape sequences', '\u001b[2J', /"\\x1b\[2J" is no move/],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', /"GET \/ HTTP\/1\.1\\x0d\\x0a\.*/],
    ['a taken square', '1,1', /1,1 is taken by X/],
    ['a second move in one chunk', '0,00,1', /0,1 came out of turn: X moves/],
    ['half a move behind a move', '0,00', /"0,00" is no move/],
    ['a megabyte', 'A'.repeat(1024 * 1024), /"A{24}\.\.\." is no move/],
  ])('is refused with words, and left: %s', async (_, text, words) => {
    const { host, guest } = await hostAndSocket();
    host.write('1,1\n');
    await received(guest, '1,1');
    guest.send(Buffer.from(text));
    const end = await host.ended;
    expect(end.exitCode).toBe(1);
    const [, who, why] = FOUL.exec(end.stderr) ?? [];
    expect(who).toBe('O');
    expect(why).toMatch(words);
    await guest.closed;
  });

  it('is refused when it moves before its turn, on both sides', async () => {
    const { host, guest } = await hostAndSocket();
    guest.send(Buffer.from('0,0'));
    const end = await host.ended;
    expect(end).toMatchObject({ exitCode: 1 });
    expect(FOUL.exec(end.stderr)?.[2]).toBe('0,0 came out of turn: X moves');
    expect(end.stdout).not.toMatch(/^O /m);

    const scene = await guestAndSocket();
    scene.host.write('0,0');
    await scene.guest.line('stdout', /^X 0,0/);
    scene.host.write('0,1');
    const other = await scene.guest.ended;
    expect(FOUL.exec(other.stderr)?.slice(1)).toEqual(['X', '0,1 came out of turn: O moves']);
    expect(other.stdout).not.toMatch(/^X 0,1/m);
  });

  it('is understood when a move comes byte by byte, and with what Python reads over', async () => {
    const { guest, host } = await guestAndSocket();
    for (const byte of ['1', ',', '2']) {
      await new Promise<void>((resolve) => {
        host.write(byte, () => {
          setImmediate(resolve);
        });
      });
    }
    await guest.line('stdout', /^X 1,2 /);
    guest.write('0,0\n');
    await once(host, 'data');
    host.write(' 2 , 1\n');
    await guest.line('stdout', /^X 2,1 /);
  });

  it('keeps the result when a move comes after the end', async () => {
    const { host, guest } = await hostAndSocket();
    host.write('0,0\n0,1\n2,2\n');
    for (const [sent, seen] of [
      ['1,0', '0,0'],
      ['1,1', '0,00,1'],
      ['1,22,0', '0,00,12,2'],
    ] as const) {
      await received(guest, seen);
      guest.send(Buffer.from(sent));
    }
    const end = await host.ended;
    expect(end.exitCode).toBe(0);
    expect(lastLine(end)).toMatch(/^O won/);
    expect(end.stderr).toMatch(/ignored: 2,0 came after the end of the game/);
  });

  it('is no third player: who comes later is turned away, and the game goes on', async () => {
    const { host, port } = await startHost();
    const guest = await RawSocket.connect(port);
    await host.line('stdout', /^you are X/);
    await expect(RawSocket.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    host.write('1,1\n');
    await received(guest, '1,1');
  });

  it.each(['reset', 'half-close'])(
    'that goes by a %s is named, and the exit code is 1',
    async (how) => {
      const { host, guest } = await hostAndSocket();
      if (how === 'reset') guest.reset();
      else guest.socket.end();
      const end = await host.ended;
      expect(end).toMatchObject({ exitCode: 1 });
      expect(end.stderr).toMatch(
        /^meet: O \(127\.0\.0\.1:\d+\) vanished before the end of the game/m,
      );
    },
  );
});
