/**
 * A real X display for tests: Xvfb on a number of its own choosing, with programs on it. Owns the
 * server and the programs, which end with it.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ChildProgram } from '../../src/capture/child-program.js';
import { startProgram } from '../../src/capture/child-program.js';
import { programPath } from './programs.js';

const run = promisify(execFile);

/** How long programs may take to draw on a loaded machine. */
const DRAWN_WITHIN_MS = 20_000;
/** Shots (each some 100 ms) that must be equal before a display counts as at rest. */
const SAME_SHOTS = 4;

export interface XDisplayFixture extends AsyncDisposable {
  /** `:7` */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Our environment with this DISPLAY and without Wayland's. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly server: ChildProgram;
  /** Starts an X program, which ends with the display. */
  start(program: string, args: readonly string[]): Promise<ChildProgram>;
  /** An `xterm` full of text and an `xclock`, neither of which moves; resolves when both are drawn. */
  startStaticPrograms(): Promise<void>;
  /** Gives it another size, at most that which it began with. */
  resize(width: number, height: number): Promise<void>;
  /** ImageMagick's own shot of the whole display, as a PNG. */
  shot(): Promise<Buffer>;
  close(): Promise<void>;
}

/** Starts Xvfb; it finds a free number itself (`-displayfd`). */
export async function startXDisplay(
  { width, height } = { width: 1280, height: 720 },
): Promise<XDisplayFixture> {
  const server = await startProgram({
    program: programPath('Xvfb'),
    args: [
      '-displayfd',
      '1',
      '-screen',
      '0',
      `${width}x${height}x24`,
      '-nolisten',
      'tcp',
      '-noreset',
    ],
  });
  const name = `:${await readNumber(server)}`;
  const env = {
    ...process.env,
    ...{ DISPLAY: name, WAYLAND_DISPLAY: undefined, NO_COLOR: undefined },
  };
  const programs: ChildProgram[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(programs.map((program) => program.close()));
    await server.close();
  };
  const start = async (program: string, args: readonly string[]): Promise<ChildProgram> => {
    const started = await startProgram({ program: programPath(program), args, env });
    programs.push(started);
    return started;
  };
  const shot = (): Promise<Buffer> => shootRoot(env);
  return {
    name,
    width,
    height,
    env,
    server,
    start,
    shot,
    close,
    resize: (toWidth, toHeight) => resize(env, toWidth, toHeight),
    [Symbol.asyncDispose]: close,
    async startStaticPrograms() {
      const blank = await shot();
      const text = 'for i in $(seq 36); do echo "line $i of a page that stands still"; done';
      await start('xterm', ['-geometry', '90x38+20+20', '-e', 'sh', '-c', `${text}; sleep 600`]);
      const page = await drawn(shot, blank);
      await start('xclock', ['-geometry', '300x300+800+100', '-update', '3600']);
      await drawn(shot, page);
    },
  };
}

/** Its output stays open: a server that can't write to it ends. */
function readNumber(server: ChildProgram): Promise<number> {
  return new Promise((resolve, reject) => {
    server.stdout.once('data', (line: Buffer) => {
      resolve(Number(line.toString('utf8')));
    });
    void server.ended.then(() => {
      reject(new Error(`Xvfb ended at once: ${server.stderrTail()}`));
    });
  });
}

/** Xvfb takes any mode line: it has no monitor. */
async function resize(env: XDisplayFixture['env'], width: number, height: number): Promise<void> {
  const xrandr = (...args: string[]): Promise<unknown> => run(programPath('xrandr'), args, { env });
  const mode = `${width}x${height}`;
  const across = [width, width + 8, width + 16, width + 24].map(String);
  const down = [height, height + 1, height + 2, height + 3].map(String);
  await xrandr('--newmode', mode, '40', ...across, ...down).catch(() => undefined); // it is there
  await xrandr('--addmode', 'screen', mode);
  await xrandr('--output', 'screen', '--mode', mode);
}

async function shootRoot(env: XDisplayFixture['env']): Promise<Buffer> {
  const { stdout } = await run(programPath('import'), ['-silent', '-window', 'root', 'png:-'], {
    env,
    encoding: 'buffer',
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

/** Resolves when the display shows something other than `before` and has come to rest. */
async function drawn(shot: () => Promise<Buffer>, before: Buffer): Promise<Buffer> {
  const untilMs = performance.now() + DRAWN_WITHIN_MS;
  let last = before;
  let same = 0;
  while (same < SAME_SHOTS) {
    if (performance.now() > untilMs) throw new Error('the X programs did not come to rest');
    const next = await shot();
    same = !next.equals(before) && next.equals(last) ? same + 1 : 0;
    last = next;
  }
  return last;
}
