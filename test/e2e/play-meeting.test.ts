import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { freePorts, portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import { needs } from '../setup/programs.js';
import type { Pane } from '../setup/tmux-panes.js';
import { TmuxPanes } from '../setup/tmux-panes.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

const MEET = [process.execPath, fileURLToPath(new URL('../../bin/meet.js', import.meta.url))];
const TIMEOUT = { timeout: 120_000 };

let folder: Scratch;
let cwd: string;
let env: Record<string, string | undefined>;
let serve: MeetProgram;

beforeAll(async () => {
  folder = await scratch();
  cwd = folder.path;
  env = quietEnv({ XDG_RUNTIME_DIR: cwd, MEET_PORTS: portsText(await freePorts()) });
  serve = startMeet(['serve', '--no-record'], { cwd, env });
  await serve.line('stdout', /^listening on /);
});
afterAll(async () => {
  await serve[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

function startPlay(name: string, ...args: readonly string[]): MeetProgram {
  const words = ['play', ...args, '--name', name];
  const program = startMeet(words, { cwd, env, hasInput: true });
  onTestFinished(() => program[Symbol.asyncDispose]());
  return program;
}

function runPlay(...args: readonly string[]): Promise<MeetEnd> {
  return runMeet(['play', ...args], { cwd, env });
}

describe('meet play NAME by script', TIMEOUT, () => {
  it('plays through the daemon when both want it, whoever comes first', async () => {
    const ada = startPlay('ada', 'bob', '--wait', '20');
    const bob = startPlay('bob', 'ada', '--wait', '20');
    // Who is X depends on who came first: each line is right for either.
    ada.write('0,0\n0,1\n0,2\n2,2\n');
    bob.write('1,0\n1,1\n1,2\n2,1\n');
    const [first, second] = await Promise.all([ada.ended, bob.ended]);
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    const [x, o] = first.stdout.includes('you are X') ? [first, second] : [second, first];
    expect(x.stdout).toMatch(/X won \(you\)\n$/);
    expect(o.stdout).toMatch(/X won \((ada|bob)\)\n$/);
  });

  it('names who left in the middle of a game, and ends with 1', async () => {
    const ada = startPlay('ada', 'bob', '--wait', '20');
    const bob = startPlay('bob', 'ada', '--wait', '20');
    await ada.line('stdout', /^you are /);
    await bob.line('stdout', /^you are /);
    await bob.end('SIGTERM');
    const end = await ada.ended;
    expect(end).toMatchObject({ exitCode: 1 });
    expect(end.stderr).toMatch(/^meet: bob left the meeting.*\(MEET_PLAYER_GONE\)$/m);
  });

  it('names who was killed in the middle of a game, and ends with 1', async () => {
    const ada = startPlay('ada', 'bob', '--wait', '20');
    const bob = startPlay('bob', 'ada', '--wait', '20');
    await ada.line('stdout', /^you are /);
    await bob.line('stdout', /^you are /);
    await bob.end('SIGKILL');
    const end = await ada.ended;
    expect(end).toMatchObject({ exitCode: 1 });
    expect(end.stderr).toMatch(/^meet: bob vanished and did not come back \(MEET_PLAYER_GONE\)$/m);
  });

  it('says who is near where nobody is called so, and is not played against oneself', async () => {
    await using log = startMeet(['watch', '--plain', '--no-play', '--name', 'kiosk-7'], {
      cwd,
      env,
    });
    await log.line('stdout', /meeting main/);
    const near = await runPlay('kiosk7');
    expect(near).toMatchObject({ exitCode: 2, stdout: '' });
    expect(near.stderr).toMatch(/there is no participant "kiosk7" \(did you mean "kiosk-7"\?\)/);
    const own = await runPlay('me', '--name', 'me');
    expect(own).toMatchObject({ exitCode: 2 });
    expect(own.stderr).toContain('one cannot play against oneself');
    // It prints lines: nobody could answer there.
    const busy = await runPlay('kiosk-7', '--json');
    expect(busy).toMatchObject({ exitCode: 1 });
    expect(busy.stderr).toMatch(/kiosk-7 cannot play.*\(MEET_PLAY_BUSY\)/);
    expect(busy.stdout.trimEnd().split('\n').at(-1)).toMatch(/"event":"end".*"exitCode":1/);
  });

  it('ends with 69 where no daemon is', async () => {
    const ports = portsText(await freePorts());
    const end = await runPlay('bob', '--ports', ports, '--host', '127.0.0.1');
    expect(end).toMatchObject({ exitCode: 69 });
    expect(end.stderr).toContain('MEET_UNREACHABLE');
  });
});

async function place(mover: Pane, other: Pane, square: number, words: string): Promise<void> {
  await mover.shows(/your move/);
  await mover.keys(String(square), 'Enter');
  for (const pane of [mover, other]) await pane.shows(new RegExp(`last move: ${words}`));
}

describe.skipIf(needs('tmux'))('a game in the dashboard', TIMEOUT, () => {
  it('is offered with g, accepted, played, and played again', async () => {
    await using panes = new TmuxPanes(env);
    const join = ['join', '--screen', 'test', '--no-play', '--name', 'ann'];
    const ann = await panes.run([...MEET, ...join]);
    await ann.shows(/Nobody else shares/);
    const ben = await panes.run([...MEET, 'watch', '--no-play', '--name', 'ben']);
    await ben.shows(/ann · screen/);
    await ann.shows(/ben/);
    await ann.keys('g');
    await ann.shows(/Tic-tac-toe with[^]*1 {2}ben/);
    await ann.keys('1');
    await ben.shows(/ann offers/);
    await ben.keys('g');
    await ben.shows(/ann offers you a game of tic-tac-toe[^]*yes, play/);
    await ben.keys('y');
    for (const pane of [ann, ben]) await pane.shows(/4 │.5.│ 6[^]*no move yet/);
    await place(ann, ben, 1, 'X 0,0');
    await place(ben, ann, 5, 'O 1,1');
    // Hidden, the header says whose move it is; g shows the board again.
    await ann.keys('Escape');
    await ann.shows(/your move \(g\)/);
    await ann.keys('g');
    // Keys that come in one read with what opens the board are dropped.
    await ann.shows(/last move: O 1,1/);
    await ann.keys('5', 'Enter');
    await ann.shows(/not done: 1,1 is taken by O/);
    await place(ann, ben, 2, 'X 0,1');
    await place(ben, ann, 9, 'O 2,2');
    await place(ann, ben, 3, 'X 0,2');
    for (const pane of [ann, ben]) await pane.shows(/\*X\*│\*X\*│\*X\*[^]*X won/);
    await ben.keys('r');
    await ann.shows(/ben wants a revenge/);
    await ann.keys('r');
    for (const pane of [ann, ben]) await pane.shows(/game 2[^]*no move yet/);
    // The one who was O begins now.
    await place(ben, ann, 7, 'X 2,0');
    await ann.keys('x');
    await ben.shows(/game: ann left/);
  });

  it('is offered by meet play, declined, offered again and played against its lines', async () => {
    await using panes = new TmuxPanes(env);
    const bob = await panes.run([...MEET, 'watch', '--no-play', '--name', 'rob']);
    await bob.shows(/Nobody else shares/);
    const declined = startPlay('eve', 'rob');
    await bob.shows(/eve offers/);
    await bob.keys('g');
    await bob.shows(/yes, play/);
    await bob.keys('n');
    const end = await declined.ended;
    expect(end).toMatchObject({ exitCode: 1 });
    expect(end.stderr).toMatch(/^meet: rob declined \(MEET_PLAY_DECLINED\)$/m);
    // What is seen of an offer from now on is of the next one.
    await bob.shows(/you declined/);

    const eve = startPlay('eve', 'rob');
    eve.write('0,0\n0,1\n0,2\n');
    await eve.line('stdout', /waiting for rob to answer/);
    await bob.shows(/eve offers a game/);
    // A second one at the same time finds rob asked already.
    const mallory = await runPlay('rob', '--name', 'mallory');
    expect(mallory).toMatchObject({ exitCode: 1 });
    expect(mallory.stderr).toMatch(/rob sits at a table with somebody else/);
    await bob.keys('g');
    await bob.shows(/yes, play/);
    await bob.keys('Enter');
    await bob.shows(/last move: X 0,0/);
    await bob.keys('4', 'Enter');
    await bob.shows(/last move: X 0,1/);
    await bob.keys('5', 'Enter');
    await bob.shows(/X won/);
    expect((await eve.ended).stdout).toMatch(/X won \(you\)\n$/);
    await bob.shows(/X won[^]*eve left the meeting/);
  });
});
