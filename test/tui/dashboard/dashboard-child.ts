/**
 * A program that shows a scripted meeting in its terminal. Its parent says over a socket what the
 * meeting does, one JSON object a line; what is asked of the meeting goes back, and how it ended.
 */
import { connect } from 'node:net';

import { systemClock } from '../../../src/transport/clock.js';
import { runDashboard } from '../../../src/tui/dashboard/run-dashboard.js';
import { isPictureMode } from '../../../src/tui/pictures/picture-mode.js';
import { readLines } from '../../setup/lines.js';
import { ScriptedMeeting, colourJpeg } from '../../setup/scripted-meeting.js';
import type { ChildReport, ScriptStep } from './script-step.js';
import { parseStep } from './script-step.js';

const [socketPath = '', pictureMode = 'half', focus = ''] = process.argv.slice(2);
const socket = connect(socketPath);
const meeting = new ScriptedMeeting();
const stop = new AbortController();
let commits = (): number => 0;

function report(words: ChildReport): void {
  socket.write(`${JSON.stringify(words)}\n`);
}

async function step(next: ScriptStep): Promise<void> {
  switch (next.do) {
    case 'set':
      Object.assign(meeting, next.meeting);
      return;
    case 'roster':
      meeting.setRoster(next.roster);
      return;
    case 'chat':
      meeting.say(next.chat);
      return;
    case 'game':
      meeting.setGame(next.game);
      return;
    case 'connection':
      meeting.connection(next.words);
      return;
    case 'level':
      meeting.levels.set(next.participant, { rms: next.rms, speaking: next.speaking });
      return;
    case 'picture':
      meeting.picture(
        next.participant,
        next.kind,
        next.colour === undefined ? undefined : await colourJpeg(next.colour),
      );
      return;
    case 'commits':
      report({ commits: commits() });
      return;
    case 'run':
      void run();
      return;
    case 'stop':
      stop.abort();
  }
}

async function run(): Promise<void> {
  const [name = '', kind = ''] = focus.split('/');
  const end = await runDashboard({
    meeting,
    stdin: process.stdin,
    stdout: process.stdout,
    env: process.env,
    clock: systemClock,
    signal: stop.signal,
    options: {
      pictureMode: isPictureMode(pictureMode) ? pictureMode : 'auto',
      ...(name === '' ? {} : { focus: { name, ...(kind === 'video' ? { kind } : {}) } }),
    },
    onOpen: ({ mounted }) => {
      commits = () => mounted.commits;
      report({ open: true });
    },
  }).catch((thrown: unknown) => String(thrown));
  report({ end, listeners: meeting.listeners });
  socket.end();
}

meeting.onAsked = (asked) => {
  report({ asked });
};
readLines(socket, (line) => {
  step(parseStep(line)).catch((thrown: unknown) => {
    report({ end: String(thrown), listeners: -1 });
  });
});
