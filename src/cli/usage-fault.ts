/**
 * What is wrong with a command line that no command takes, in our words: commander's own, the word that
 * was meant, and where to read on. Owns which other words people try; knows no option by name. It is
 * loaded when it is needed.
 */
import type { Command, CommanderError } from 'commander';

import { TOGGLE_ACTIONS } from '../transport/command-records.js';
import { MeetError } from '../transport/errors.js';
import { didYouMean } from '../transport/near-word.js';
import { ADMISSION_WORDS } from './admission-command.js';

/** Words of other programs, and what does that here. */
const SAID_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...[...TOGGLE_ACTIONS, ...ADMISSION_WORDS].map((action) => [action, `ctl ${action}`] as const),
  ['start', 'serve'],
  ['server', 'serve'],
  ['daemon', 'serve'],
  ['record', 'serve --record'],
  ['recordings', 'rec ls'],
  ['list', 'rec ls'],
  ['view', 'watch'],
  ['show', 'watch'],
  ['connect', 'join'],
  ['send', 'share'],
  ['push', 'share'],
  ['message', 'chat'],
  ['say', 'chat'],
  ['screenshot', 'snapshot'],
  ['game', 'play'],
  ['version', '--version'],
]);

/** MEET_USAGE for what commander found wrong in `argv`. */
export function usageFault(
  root: Command,
  argv: readonly string[],
  { code, message }: CommanderError,
): MeetError {
  const command = commandOf(root, argv);
  const words = message.replace(/^error: /, '');
  const given = /'(.*)'/s.exec(words)?.[1] ?? '';
  if (code === 'commander.unknownCommand') return unknownCommand(command, given);
  const near = code === 'commander.unknownOption' ? didYouMean(given, flagsOf(command)) : '';
  return fault(command, words.replace(/\.$/, '') + near);
}

/** MEET_USAGE for a word that is none of the commands of `parent`. */
export function unknownCommand(parent: Command, given: string): MeetError {
  const known = parent.commands.map((each) => each.name());
  const near = elsewhere(parent, given.toLowerCase()) ?? didYouMean(given, known);
  return fault(parent, `unknown command '${given}'${near}`);
}

function fault(command: Command, words: string): MeetError {
  return new MeetError('MEET_USAGE', `${words}; try: ${pathOf(command)} --help`);
}

/** What `meet` itself would take for it: a command's command, or one that others call so. */
function elsewhere(parent: Command, given: string): string | undefined {
  if (parent.parent !== null || parent.commands.some((each) => each.name() === given)) {
    return undefined;
  }
  const owner = parent.commands.find((each) => each.commands.some((sub) => sub.name() === given));
  const meant = owner === undefined ? SAID_ELSEWHERE.get(given) : `${owner.name()} ${given}`;
  return meant === undefined ? undefined : ` (did you mean "${parent.name()} ${meant}"?)`;
}

/** The command that the first words name. */
function commandOf(root: Command, argv: readonly string[]): Command {
  let command = root;
  for (const word of argv) {
    const next = command.commands.find((each) => each.name() === word);
    if (next === undefined && !word.startsWith('-')) break;
    command = next ?? command;
  }
  return command;
}

function flagsOf(command: Command): string[] {
  return [...command.options.flatMap(({ long }) => long ?? []), '--help'];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
