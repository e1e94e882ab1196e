/**
 * `meet play`: tic-tac-toe over the older programs' wire or in a meeting, on a terminal or by lines. Owns
 * which of these, the last line and the exit code; the table and what shows it are given.
 *
 *   --host-game, --join ──> OlderTable ───┐            ┌──> board (terminal)
 *   NAME ─────────────────> MeetingTable ─┴─> table ───┴──> lines or JSON (pipe)
 */
import type { GameView, PlayTable } from '../../game/game-view.js';
import { MeetError, asMeetError } from '../../transport/errors.js';
import { canDraw } from '../../tui/terminal/process-screen.js';
import { clientSecurity } from '../client-trust.js';
import { daemonPlace } from '../daemon-place.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT, exitCodeOf } from '../exit-codes.js';
import type { Io } from '../io.js';
import { EndingSignal } from '../io.js';
import type { Invited } from '../invite-source.js';
import { resolveInvited } from '../invite-source.js';
import { printable } from '../printable.js';
import { exitFor } from '../until-end.js';
import { waitingTimes } from '../waiting-times.js';
import { LineInput } from './line-input.js';
import { playByLines } from './line-play.js';
import { MeetingTable } from './meeting-table.js';
import { guestSeat, hostSeat } from './older-seats.js';
import { OlderTable } from './older-table.js';
import type { PlayWay } from './play-options.js';
import { DEFAULT_PLAY_ADDRESS, JOIN_WAIT_SECONDS, PLAY_OPTIONS, playWay } from './play-options.js';
import type { PlayWriter } from './play-writer.js';
import { PlayTeller, jsonPlay, lastLine, plainPlay } from './play-writer.js';

/** A table that is to be opened and closed. */
type OwnTable = PlayTable & { open(): Promise<void>; close(): Promise<void> };

export async function playCommand(
  io: Io,
  words: readonly string[],
  flags: Record<string, unknown>,
): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, PLAY_OPTIONS, flags);
  const way = playWay(words, options);
  const { json, plain } = options;
  const onTerminal = !json && !plain && canDraw(io);
  const write = json ? jsonPlay(io.stdout, io.clock) : plainPlay(io.stdout, io.stderr);
  const run = async (): Promise<ExitCode> => {
    const table = await makeTable(
      io,
      way,
      { options, invite },
      onTerminal ? () => undefined : write,
    );
    return playAt(io, table, onTerminal, write);
  };
  return json ? toldEnd(write, run) : run();
}

async function makeTable(
  io: Io,
  way: PlayWay,
  { options, invite }: Invited<typeof PLAY_OPTIONS>,
  write: PlayWriter,
): Promise<OwnTable> {
  const { bind = DEFAULT_PLAY_ADDRESS, port, room, name, wait } = options;
  if (way.way === 'meeting') {
    const place = await daemonPlace(io, options);
    const onNotice = (line: string): unknown => io.stderr.write(`${printable(line)}\n`);
    return new MeetingTable(io, {
      ...{ ...place, room, name, target: way.target, ...waitingTimes(wait) },
      security: await clientSecurity(io, { ...options, ...place }, invite, onNotice),
      onWaiting: (message) => {
        write({ event: 'waiting', message });
      },
    });
  }
  const waitMs = (wait ?? JOIN_WAIT_SECONDS) * 1000;
  return new OlderTable({
    seat: way.way === 'host' ? hostSeat(bind, port) : guestSeat(way, waitMs, io.clock),
    clock: io.clock,
    onWaiting: (message, waitingPort) => {
      const where = waitingPort === undefined ? {} : { port: waitingPort };
      write({ event: 'waiting', message, ...where });
    },
    onNotice: (message) => {
      write({ event: 'error', code: 'MEET_PLAY_MOVE', message });
    },
  });
}

async function playAt(
  io: Io,
  table: OwnTable,
  onTerminal: boolean,
  write: PlayWriter,
): Promise<ExitCode> {
  const stop = new AbortController();
  const signal = AbortSignal.any([io.ending, stop.signal]);
  const opening = table.open();
  // What is shown ends with whatever keeps the game from beginning.
  opening.catch(() => {
    stop.abort();
  });
  try {
    if (onTerminal) await onBoard(io, table, signal);
    else await byLines(io, table, write, signal);
    if (stop.signal.aborted) await opening;
    return outcomeOf(io, table.view, write);
  } finally {
    await table.close();
    await opening.catch(() => undefined);
  }
}

async function onBoard(io: Io, table: OwnTable, signal: AbortSignal): Promise<void> {
  const { runBoard } = await import('../../tui/play/run-board.js');
  const closed = new AbortController();
  // A game that cannot be ended any more ends the board: its words are on the terminal below it.
  const stopListening = table.listen(() => {
    const { state, position } = table.view;
    if (state === 'closed' && position.outcome === undefined) closed.abort();
  });
  try {
    await runBoard({
      table,
      stdin: io.stdin,
      stdout: process.stdout,
      env: io.env,
      clock: io.clock,
      signal: AbortSignal.any([signal, closed.signal]),
    });
  } finally {
    stopListening();
  }
}

async function byLines(
  io: Io,
  table: OwnTable,
  write: PlayWriter,
  signal: AbortSignal,
): Promise<void> {
  const teller = new PlayTeller(write);
  const stopListening = table.listen(() => {
    teller.tell(table.view);
  });
  const input = new LineInput(io.stdin);
  const prompt = (): void => {
    if (io.stdin.isTTY) io.stderr.write('your move (row,column): ');
  };
  try {
    await playByLines({ table, input, write, prompt, signal });
  } finally {
    stopListening();
    input.close();
  }
}

/** The last line, and 0 where a game ended by its rules. Throws why it did not. */
function outcomeOf(io: Io, view: GameView, write: PlayWriter): ExitCode {
  const { outcome } = view.position;
  const reason: unknown = io.ending.reason;
  if (io.ending.aborted) return exitFor(reason instanceof EndingSignal ? reason : undefined);
  if (outcome === undefined) {
    if (view.state === 'closed') throw new MeetError(view.code ?? 'MEET_PLAYER_GONE', view.words);
    throw new MeetError('MEET_PLAYER_GONE', 'you left before the end of the game');
  }
  const line = lastLine(view);
  write({ event: 'end', exitCode: EXIT.ok, reason: line, winner: outcome });
  return EXIT.ok;
}

/** With --json the events tell why it ended, whatever it was. */
async function toldEnd(write: PlayWriter, run: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    const exitCode = await run();
    if (exitCode !== EXIT.ok) write({ event: 'end', exitCode, reason: 'signal' });
    return exitCode;
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    write({ event: 'error', code, message });
    write({ event: 'end', exitCode: exitCodeOf(code), reason: code });
    throw thrown;
  }
}
