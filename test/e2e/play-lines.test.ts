import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { PLAY_EVENT_SCHEMAS } from '../../src/cli/play/play-events.js';
import type { MeetEnd } from '../setup/meet-program.js';
import { freePorts, runMeet } from '../setup/meet-program.js';
import { cwd, hostAndSocket, received, startHost, startPlay } from './play-scene.js';

const playEvent = z.discriminatedUnion('event', [
  PLAY_EVENT_SCHEMAS.waiting.strict(),
  PLAY_EVENT_SCHEMAS.game.strict(),
  PLAY_EVENT_SCHEMAS.move.strict(),
  PLAY_EVENT_SCHEMAS.result.strict(),
  PLAY_EVENT_SCHEMAS.error.strict(),
  PLAY_EVENT_SCHEMAS.end.strict(),
]);

/** Each line of `--json` against the schema; unknown fields are faults. */
function eventsOf({ stdout }: MeetEnd): z.infer<typeof playEvent>[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => playEvent.parse(JSON.parse(line)));
}

describe('meet play by script', () => {
  it('plays between two shells, with the moves as JSON', async () => {
    const { screen: port } = await freePorts();
    // Started at once: the guest looks for its host for a while.
    const guest = startPlay('--join', `127.0.0.1:${port}`, '--json');
    const host = startPlay('--host-game', '--port', String(port), '--json');
    host.write('0,0\n0,1\n0,2\n');
    guest.write('1,0\n1,1\n');
    const [hostEnd, guestEnd] = await Promise.all([host.ended, guest.ended]);
    expect([hostEnd.exitCode, guestEnd.exitCode]).toEqual([0, 0]);
    const events = eventsOf(hostEnd);
    expect(events[0]).toMatchObject({ event: 'waiting', port });
    const moves = events.filter(({ event }) => event === 'move');
    expect(moves).toMatchObject([
      { move: 1, mark: 'X', by: 'self', row: 0, column: 0, board: 'X../.../...' },
      { move: 2, mark: 'O', by: 'opponent', row: 1, column: 0, board: 'X../O../...' },
      { move: 3, mark: 'X', by: 'self', row: 0, column: 1, board: 'XX./O../...' },
      { move: 4, mark: 'O', by: 'opponent', row: 1, column: 1, board: 'XX./OO./...' },
      { move: 5, mark: 'X', by: 'self', row: 0, column: 2, board: 'XXX/OO./...' },
    ]);
    expect(events.slice(-2)).toMatchObject([
      { event: 'result', winner: 'X', you: 'won' },
      { event: 'end', exitCode: 0, winner: 'X' },
    ]);
    expect(eventsOf(guestEnd).slice(-2)).toMatchObject([
      { event: 'result', winner: 'X', you: 'lost' },
      { event: 'end', exitCode: 0, winner: 'X' },
    ]);
  });

  it('refuses own lines with words, sends none of them, and takes the next', async () => {
    const { host, guest } = await hostAndSocket();
    host.write('hello\n3,3\n0,01,1\n\n1,1\n');
    await received(guest, '1,1');
    guest.send(Buffer.from('0,0'));
    await host.line('stdout', /^O 0,0/);
    host.write('0,0\n1,1\n2,2\n');
    await received(guest, '1,12,2');
    guest.socket.end();
    const end = await host.ended;
    expect(end.stderr.split('\n').filter((line) => line.startsWith('refused: '))).toHaveLength(5);
    expect(end.stderr).toContain('refused: 0,0 is taken by O');
  });

  it('ends with 1 when no line is left and a move is due', async () => {
    const { host, guest } = await hostAndSocket();
    host.write('1,1\n', true);
    await received(guest, '1,1');
    guest.send(Buffer.from('0,0'));
    const end = await host.ended;
    expect(end).toMatchObject({ exitCode: 1 });
    expect(end.stderr).toMatch(/standard input ended before the game did.*\(MEET_PLAYER_GONE\)/);
  });

  it('takes a line without an end, and endless lines, without keeping them', async () => {
    const { host, guest } = await hostAndSocket();
    host.write('x'.repeat(1024 * 1024));
    host.write('\n1,2', true);
    await received(guest, '1,2');
    guest.socket.destroy();
    const end = await host.ended;
    expect(end.stderr.length).toBeLessThan(1000);
  });

  it.each([
    [[], 2, /with whom\?/],
    [['ada', '--host-game'], 2, /only one of these/],
    [['--join', 'host:0'], 2, /HOST:PORT/],
    [['--join', '[::1]:99999'], 2, /HOST:PORT/],
    [['--join', 'x y'], 2, /HOST:PORT/],
    [['--host-game', '--port', '65536'], 2, /0 to 65535/],
    [['--host-game', '--port', 'nine'], 2, /0 to 65535/],
    [['a', 'b'], 2, /too many arguments/],
    [['--join', '127.0.0.1:1', '--wait', '0'], 69, /nobody waits for a player there/],
    [['--host-game', '--bind', '192.0.2.1'], 69, /no such address/],
  ] as const)('with %j ends with %i', async (args, exitCode, words) => {
    const end = await runMeet(['play', ...args], { cwd });
    expect(end).toMatchObject({ exitCode });
    expect(end.stderr).toMatch(words);
  });

  it('ends with 69 when its port is taken, and says how to choose another', async () => {
    const { port } = await startHost();
    const end = await runMeet(['play', '--host-game', '--port', String(port)], { cwd });
    expect(end).toMatchObject({ exitCode: 69 });
    expect(end.stderr).toMatch(new RegExp(`port ${port} is taken.*--port PORT.*MEET_PORT_TAKEN`));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with %i, also in a game', async (signal, exitCode) => {
    const { host } = await startHost();
    expect(await host.end(signal)).toMatchObject({ exitCode, stderr: '' });
    const playing = await hostAndSocket();
    expect(await playing.host.end(signal)).toMatchObject({ exitCode });
    expect(await playing.guest.closed).toBeUndefined();
  });
});
