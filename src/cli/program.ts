/**
 * The commands as commander knows them. Owns names, help and which module runs what; each command's
 * own code, and the rooms that it needs, are loaded when it is called.
 */
import { Command, CommanderError } from 'commander';

import { EXIT } from './exit-codes.js';
import type { ExitCode } from './exit-codes.js';
import type { Io } from './io.js';
import type { OptionTable } from './option-table.js';
import { addOptions, givenFlags } from './option-table.js';
import {
  REC_EXPORT_OPTIONS,
  REC_LS_OPTIONS,
  REC_PLAY_OPTIONS,
  REC_PRUNE_OPTIONS,
  REC_RECOVER_OPTIONS,
  REC_VERIFY_OPTIONS,
} from './rec/rec-options.js';
import { SERVE_OPTIONS } from './serve-options.js';
import { SHARE_OPTIONS } from './share-options.js';
import {
  BRIDGE_OPTIONS,
  CHAT_OPTIONS,
  CTL_OPTIONS,
  EVENTS_OPTIONS,
  INVITE_OPTIONS,
  SNAPSHOT_OPTIONS,
  JOIN_OPTIONS,
  STATUS_OPTIONS,
  WATCH_OPTIONS,
} from './client-options.js';
import { PLAY_OPTIONS } from './play/play-options.js';
import { DEMO_OPTIONS, DEVICES_OPTIONS } from './small-options.js';

type Flags = Record<string, unknown>;

/** Parses arguments and runs a command. Resolves with the exit code; rejects with a MeetError, MEET_USAGE for what no command takes. */
export async function runProgram(
  program: 'meet' | 'meetd',
  argv: readonly string[],
  io: Io,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.ok;
  const run: Run =
    (work) =>
    async (...parameters) => {
      const command = parameters.at(-1);
      if (!(command instanceof Command)) return;
      exitCode = await work(givenFlags(command), command.args);
    };
  const root = program === 'meetd' ? meetd(io, run) : meet(io, run);
  try {
    await root.parseAsync([...argv], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return EXIT.ok;
    // A command of several, without one of them: its help has been shown.
    if (thrown.code === 'commander.help') return EXIT.usage;
    throw (await import('./usage-fault.js')).usageFault(root, argv, thrown);
  }
  return exitCode;
}

/** Wraps a command's work for commander, which passes arguments, options and the command itself. */
type Run = (
  work: (flags: Flags, words: readonly string[]) => Promise<ExitCode>,
) => (...parameters: unknown[]) => Promise<void>;

function base(name: string, io: Io): Command {
  return new Command(name)
    .exitOverride()
    .version(io.version)
    .showSuggestionAfterError(false)
    .configureOutput({
      // What is wrong is said where all faults are.
      outputError: () => undefined,
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    });
}

function meetd(io: Io, run: Run): Command {
  const command = base('meetd', io).description(
    'Takes screens, cameras and microphones over three TCP ports and keeps them on disk.',
  );
  addOptions(command, SERVE_OPTIONS);
  return command.action(
    run(async (flags) => (await import('./serve-command.js')).serveCommand(io, flags)),
  );
}

function meet(io: Io, run: Run): Command {
  const root = base('meet', io)
    .description('Live meetings from any shell.')
    .addHelpText(
      'after',
      `
Examples:
  meet serve --record                      take what comes to this machine, keep it on disk
  meet share --screen --video --audio      share with the daemon on this machine
  meet share --screen --host 10.0.0.5      share this screen with another machine
  meet devices                             what can be captured here
  meet doctor                              what is missing here, and the command that mends it`,
    );
  const add = (name: string, description: string): Command => {
    return root.command(name).description(description).exitOverride();
  };

  root.helpCommand(false);
  addHelp(root, add('help', 'the options of a command'));
  const serve = add('serve', 'run the daemon: listen on three ports, record what comes');
  addOptions(serve, SERVE_OPTIONS);
  serve.action(run(async (flags) => (await import('./serve-command.js')).serveCommand(io, flags)));

  const share = add('share', 'capture screen, camera and microphone, and push them to a daemon');
  addOptions(share, SHARE_OPTIONS);
  share.action(run(async (flags) => (await import('./share-command.js')).shareCommand(io, flags)));

  const devices = add('devices', 'list what can be captured here, and with which backend');
  addOptions(devices, DEVICES_OPTIONS);
  devices.action(
    run(async (flags) => (await import('./devices-command.js')).devicesCommand(io, flags)),
  );

  const doctor = add('doctor', 'look for what is missing here; name the command that mends it');
  addOptions(doctor, DEVICES_OPTIONS);
  doctor.action(
    run(async (flags) => (await import('./doctor-command.js')).doctorCommand(io, flags)),
  );

  const watch = add('watch', 'the dashboard of a daemon: pictures, sound, toggles');
  watch.argument('[NAME[/screen|video]]');
  addOptions(watch, WATCH_OPTIONS);
  watch.action(
    run(async (flags, words) =>
      (await import('./watch-command.js')).watchCommand(io, words, flags),
    ),
  );

  const join = add('join', 'share and watch in one: what a participant of a meeting runs');
  join.argument('[URL]');
  addOptions(join, JOIN_OPTIONS);
  join.action(
    run(async (flags, words) => (await import('./join-command.js')).joinCommand(io, words, flags)),
  );

  addClients(add, io, run);

  const play = add('play', 'tic-tac-toe: with NAME in a meeting, or over a port of its own');
  play.argument('[NAME]');
  addOptions(play, PLAY_OPTIONS);
  play.action(
    run(async (flags, words) =>
      (await import('./play/play-command.js')).playCommand(io, words, flags),
    ),
  );
  addRec(add('rec', 'recordings: list, verify, recover, export, play, prune'), run, io);

  const demo = add('demo', 'a daemon and a share of this machine at once, recorded');
  addOptions(demo, DEMO_OPTIONS);
  demo.action(run(async (flags) => (await import('./demo-command.js')).demoCommand(io, flags)));
  return root;
}

/** commander's own shows the whole help for a command that it does not know, and no word why. */
function addHelp(root: Command, help: Command): void {
  help.argument('[command...]').action(async (names: readonly string[]) => {
    let command = root;
    for (const name of names) {
      const next = command.commands.find((known) => known.name() === name);
      if (next === undefined)
        throw (await import('./usage-fault.js')).unknownCommand(command, name);
      command = next;
    }
    command.help();
  });
}

/** The commands that speak to a running daemon or share. */
function addClients(add: (name: string, description: string) => Command, io: Io, run: Run): void {
  const status = add('status', 'who is there and what comes, once');
  addOptions(status, STATUS_OPTIONS);
  status.action(
    run(async (flags) => (await import('./status-command.js')).statusCommand(io, flags)),
  );

  const events = add('events', 'what happens in a daemon, as events');
  addOptions(events, EVENTS_OPTIONS);
  events.action(
    run(async (flags) => (await import('./events-command.js')).eventsCommand(io, flags)),
  );

  const snapshot = add('snapshot', 'the newest picture of a stream, as a JPEG');
  snapshot.argument('<NAME[/screen|video]>');
  addOptions(snapshot, SNAPSHOT_OPTIONS);
  snapshot.action(
    run(async (flags, words) =>
      (await import('./snapshot-command.js')).snapshotCommand(io, words, flags),
    ),
  );

  const bridge = add('bridge', 'carry the older clients of this machine onward, encrypted');
  addOptions(bridge, BRIDGE_OPTIONS);
  bridge.action(
    run(async (flags) => (await import('./bridge-command.js')).bridgeCommand(io, flags)),
  );

  const invite = add('invite', 'let guests in by a URL: make one, or: ls, revoke ID');
  invite.argument('[ls|revoke]').argument('[ID]');
  addOptions(invite, INVITE_OPTIONS);
  invite.action(
    run(async (flags, words) =>
      (await import('./invite-command.js')).inviteCommand(io, words, flags),
    ),
  );

  const ctl = add(
    'ctl',
    'stop, start, mute, unmute, kick: NAME [KIND], or your own share: KIND; waiting, admit, refuse, forget: NAME',
  );
  ctl.argument('<ACTION>').argument('[NAME|KIND]').argument('[KIND]');
  addOptions(ctl, CTL_OPTIONS);
  ctl.action(
    run(async (flags, words) => (await import('./ctl-command.js')).ctlCommand(io, words, flags)),
  );

  const chat = add('chat', 'say something to everybody');
  chat.argument('<words...>');
  addOptions(chat, CHAT_OPTIONS);
  chat.action(
    run(async (flags, words) => (await import('./chat-command.js')).chatCommand(io, words, flags)),
  );
}

/** The verbs that work on recordings. */
function addRec(rec: Command, run: Run, io: Io): void {
  const add = (words: string, description: string, table: OptionTable): Command => {
    const command = rec.command(words).description(description).exitOverride();
    addOptions(command, table);
    return command;
  };
  add(
    'ls [MEETING...]',
    'what recordings there are; with a MEETING, its files',
    REC_LS_OPTIONS,
  ).action(
    run(async (flags, words) =>
      (await import('./rec/ls-command.js')).recLsCommand(io, words, flags),
    ),
  );
  add('verify [MEETING...]', 'read them through; name what is damaged', REC_VERIFY_OPTIONS).action(
    run(async (flags, words) =>
      (await import('./rec/verify-command.js')).recVerifyCommand(io, words, flags),
    ),
  );
  add('recover [MEETING...]', 'make a whole file of each damaged one', REC_RECOVER_OPTIONS).action(
    run(async (flags, words) =>
      (await import('./rec/recover-command.js')).recRecoverCommand(io, words, flags),
    ),
  );
  add('export <MEETING>', 'as a film, sound, pictures, or one file', REC_EXPORT_OPTIONS).action(
    run(async (flags, words) =>
      (await import('./rec/export-command.js')).recExportCommand(io, words, flags),
    ),
  );
  add(
    'play <MEETING>',
    'in the dashboard, with sound, pause, seek, speed',
    REC_PLAY_OPTIONS,
  ).action(
    run(async (flags, words) =>
      (await import('./rec/play-command.js')).recPlayCommand(io, words, flags),
    ),
  );
  add('prune', 'delete the oldest recordings, as the daemon would', REC_PRUNE_OPTIONS).action(
    run(async (flags) => (await import('./rec/prune-command.js')).recPruneCommand(io, flags)),
  );
}
