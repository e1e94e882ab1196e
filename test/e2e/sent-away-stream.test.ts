import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsText } from '../setup/meet-program.js';
import { NativeClient } from '../setup/native-client.js';
import type { PtyTerminal } from '../tui/terminal/pty-terminal.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const PATIENT = { timeout: 20_000, interval: 100 };
const HOW_BACK = 'to share it again, end this program and start it again';

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

function onTerminal(...words: string[]) {
  const { cwd, env } = meeting;
  return openMeetTerminal(words, { columns: 100, rows: 24, cwd, env });
}

function shownBy(terminal: PtyTerminal): (pattern: RegExp) => Promise<void> {
  return (pattern) => terminal.until(() => pattern.test(terminal.text()), String(pattern));
}

describe('one stream that the host sends away', () => {
  it('is told as such in events, figures and status, not as stopped; the others go on', async () => {
    const { ports } = await meeting.serve();
    const kinds = ['--screen', 'test', '--audio', 'test'];
    const where = ['--name', 'kiosk', '--ports', portsText(ports)];
    const share = meeting.start(['share', '--json', '--stats', '1', ...kinds, ...where]);
    await share.event('ready');
    const told = await meeting.run('ctl', 'kick', 'kiosk', 'screen');
    expect(told.stdout).toBe('kick kiosk screen: done\n');
    const message = `the host sent the screen away; ${HOW_BACK}`;
    const error = { code: 'MEET_STREAM_SENT_AWAY', kind: 'screen', message };
    expect(await share.event('error')).toMatchObject(error);
    const state = { kind: 'screen', state: 'sent-away', by: 'host' };
    const away = await share.event('stream', (event) => event.by === 'host');
    expect(away).toMatchObject({ ...state, reason: message });
    await share.event('stats', ({ streams }) => streams[0]?.state === 'sent-away');
    expect(share.events.findLast(({ event }) => event === 'stats')).toMatchObject({
      streams: [state, { kind: 'audio', state: 'on' }],
    });
    const screen = { kind: 'screen', hindrances: expect.arrayContaining(['sent-away']) as unknown };
    expect(await meeting.ctl('stop', 'screen')).toMatchObject({
      streams: [{ ...screen, sentAwaySinceUs: expect.any(Number) as unknown }, { kind: 'audio' }],
    });
    await NativeClient.join(ports.audio, 'audio', { role: 'subscribe' });
    const { frames } = await meeting.stream('kiosk', 'audio');
    await expect
      .poll(async () => (await meeting.stream('kiosk', 'audio')).frames, PATIENT)
      .toBeGreaterThan(frames);
    const again = await meeting.run('ctl', 'kick', 'kiosk', 'screen');
    expect([again.exitCode, again.stderr]).toEqual([
      2,
      expect.stringContaining('kiosk has no screen; its streams are: audio'),
    ]);
    await meeting.ctl('kick', 'kiosk', 'audio');
    expect((await share.ended).exitCode).toBe(77);
  });

  it('comes back as its words say: when the share is started again', async () => {
    const { ports } = await meeting.serve();
    const words = ['share', '--screen', 'test', '--audio', 'test', '--ports', portsText(ports)];
    const share = meeting.start([...words, '--name', 'kiosk']);
    await share.line('stdout', /^sharing as kiosk/u);
    await meeting.ctl('kick', 'kiosk', 'screen');
    expect(await share.line('stdout', /sent/u)).toBe('screen sent away by the host');
    expect(await share.line('stderr', /sent/u)).toBe(
      `screen: the host sent the screen away; ${HOW_BACK} (MEET_STREAM_SENT_AWAY)`,
    );
    await share.end();
    await meeting.share(ports, 'kiosk', ['screen', 'audio']);
    expect(await meeting.stream('kiosk', 'screen')).toMatchObject({ self: 'on', host: 'on' });
  });

  it('stands in the panel of the share with what to do, whatever its user presses', async () => {
    const { ports } = await meeting.serve();
    const words = ['--screen', 'test', '--audio', 'test', '--ports', portsText(ports)];
    await using terminal = await onTerminal('share', '--name', 'kiosk', ...words);
    const shows = shownBy(terminal);
    await shows(/screen .*on, nobody watches/u);
    await meeting.ctl('stop', 'kiosk', 'screen');
    await shows(/■ stopped by the host/u);
    await meeting.ctl('kick', 'kiosk', 'screen');
    const away = /screen {2}■ sent away by the host {2}since \d\d:\d\d; start again to share it/u;
    await shows(away);
    expect(terminal.text()).not.toContain('stopped');
    terminal.type('s');
    await shows(/your screen is off/u);
    terminal.type('s');
    await shows(/your screen is on, but the host has sent it away; to share it again, end this/u);
    await shows(away);
  });

  it('stands among the own streams in the dashboard of meet join', async () => {
    const { ports } = await meeting.serve();
    const words = ['--screen', 'test', '--audio', 'test', '--ports', portsText(ports)];
    await using terminal = await onTerminal('join', '--no-play', '--name', 'ada', ...words);
    const shows = shownBy(terminal);
    await shows(/screen on/u);
    await meeting.ctl('kick', 'ada', 'screen');
    await shows(/screen sent away by the host/u);
    await shows(/sound on/u);
  });

  it('is told by meet serve, too, where it is the host’s own camera', async () => {
    const words = ['--no-record', '--ports', '0,0,0', '--video', 'test'];
    const serve = meeting.start(['serve', '--json', ...words]);
    await serve.event('stream', ({ name }) => name === 'host');
    await meeting.ctl('kick', 'host', 'video');
    const error = await serve.event('error', ({ kind }) => kind === 'video');
    expect(error).toMatchObject({ code: 'MEET_STREAM_SENT_AWAY' });
  });
});
