import { afterEach, expect, it } from 'vitest';
import type { RosterEntry } from '../../src/transport/roster-records.js';
import { systemClock } from '../../src/transport/clock.js';
import { MeetingRun } from '../../src/cli/meeting-run.js';
import { PeopleHere } from '../../src/cli/people-here.js';
import { Journal } from '../setup/journal.js';
import { NativeClient } from '../setup/native-client.js';
import { RunningDaemon } from '../setup/running-daemon.js';
import { guest } from '../setup/scripted-meeting.js';

let run: MeetingRun | undefined;
afterEach(() => run?.close());

/** A viewer of that daemon without sound, and each roster that it told. */
async function watching({ ports }: RunningDaemon) {
  const io: ConstructorParameters<typeof MeetingRun>[0] = {
    ...{ stdout: process.stdout, stderr: process.stderr, stdin: process.stdin },
    ...{ env: {}, argv: [], platform: process.platform, version: '0.0.0' },
    ...{ clock: systemClock, random: () => 0, ending: new AbortController().signal },
    tellParent: undefined,
  };
  const wish = { host: '127.0.0.1', ports, room: 'main', name: 'me', reconnect: true };
  const meeting = new MeetingRun(io, { ...wish, output: undefined, onNotice: () => undefined });
  run = meeting;
  const rosters = new Journal<readonly RosterEntry[]>();
  meeting.listen({
    onPicture: () => undefined,
    onRoster: (roster) => {
      rosters.push(roster);
    },
    onChat: () => undefined,
    onConnection: () => undefined,
    onNotice: () => undefined,
  });
  await meeting.start();
  return { meeting, rosters };
}

it('a viewer takes nobody for another when its daemon was started anew and counts from 1 again', async () => {
  const first = await RunningDaemon.start();
  await NativeClient.join(first.ports.screen, 'screen', { name: 'ada' });
  await NativeClient.join(first.ports.screen, 'screen', { name: 'bob' });
  const { meeting, rosters } = await watching(first);
  expect(meeting.self).toBe(3);
  for (const participant of [1, 2]) meeting.setMutedHere(participant, true);
  const { ports } = first;
  await first.daemon.close('a new version is installed');
  const told = rosters.entries.length;
  const second = await RunningDaemon.start({ ports });
  for (const name of ['eve', 'dan', 'kim']) {
    await NativeClient.join(second.ports.screen, 'screen', { name });
  }
  const namesOf = (roster: readonly RosterEntry[]): string[] => roster.map(({ name }) => name);
  await rosters.first(
    (roster) => namesOf(roster).includes('kim') && namesOf(roster).includes('me'),
  );
  expect(meeting.roster.find(({ participant }) => participant === meeting.self)?.name).toBe('me');
  expect(meeting.roster.filter(({ participant }) => meeting.isMutedHere(participant))).toEqual([]);
  // Between the two meetings nobody is there who is in the first alone.
  expect(namesOf(rosters.entries[told] ?? [])).not.toContain('ada');
});

it('people are told as gone once, also when another has their number, and come back unmuted', () => {
  const people = new PeopleHere();
  expect(people.take([guest(1, 'ada'), guest(2, 'bob')])).toEqual([]);
  people.setMuted(1, true);
  people.setMuted(2, true);
  people.setMuted(7, true);
  expect(people.isMuted(7)).toBe(false);
  // ada has left and come back between two rosters: her number is another one.
  expect(people.take([guest(2, 'bob'), guest(3, 'ada')])).toEqual([1]);
  expect([1, 2, 3].map((each) => people.isMuted(each))).toEqual([false, true, false]);
  expect(people.take([guest(2, 'eve'), guest(3, 'ada')])).toEqual([2]);
  expect(people.isMuted(2)).toBe(false);
  expect(people.take([guest(2, 'eve'), guest(3, 'ada')])).toEqual([]);
});
