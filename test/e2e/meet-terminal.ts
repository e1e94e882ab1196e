/**
 * `meet` in a terminal of its own: a real program in a pseudo-terminal with an emulator in front. Owns
 * how it is started; what it shows is read by the terminal's methods.
 */
import { fileURLToPath } from 'node:url';
import { PtyTerminal } from '../tui/terminal/pty-terminal.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));

export interface MeetTerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Options of Node's own, before the program. */
  readonly node?: readonly string[];
  /** What the shell does before the program. */
  readonly before?: string;
  /** What the shell does after the program; by default the program takes the shell's place. */
  readonly after?: string;
}

/** Words are quoted for the shell; none may hold a quote. */
export function openMeetTerminal(
  args: readonly string[],
  { columns, rows, cwd, env, node = [], before = ':', after }: MeetTerminalOptions,
): Promise<PtyTerminal> {
  const words = [process.execPath, ...node, MEET, ...args].map((word) => `'${word}'`).join(' ');
  const program = after === undefined ? `exec ${words}` : `${words}; ${after}`;
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) given[name] = value;
  return PtyTerminal.open({
    columns,
    rows,
    command: `cd '${cwd}'; ${before}; ${program}`,
    env: {
      ...given,
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      LANG: 'C.UTF-8',
    },
  });
}
