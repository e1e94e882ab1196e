import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/transport/clock.js';
import type { EventLine } from '../setup/event-line.js';
import type { MeetProgram } from '../setup/meet-program.js';
import { portsText } from '../setup/meet-program.js';
import { NativeClient } from '../setup/native-client.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

const PATIENT = { timeout: 20_000, interval: 100 };

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

/** Resolves when a stream's event says so, after the first `from` events. */
function told(
  program: MeetProgram,
  state: 'on' | 'off',
  by: 'self' | 'host',
  from = 0,
): Promise<EventLine<'stream'>> {
  return program.event(
    'stream',
    (event) => event.state === state && event.by === by && program.events.indexOf(event) >= from,
  );
}

describe('meet ctl on a daemon', () => {
  it('stops and starts a stream of a share, both sides say so, and asking twice is fine', async () => {
    const { serve, ports } = await meeting.serve();
    const share = await meeting.share(ports, 'kiosk');
    const wallUs = (): number => systemClock.wallUs();
    await NativeClient.join(ports.screen, 'screen', { role: 'subscribe' }, { wallUs });
    await meeting.flowing('kiosk');
    expect(await meeting.ctl('stop', 'kiosk', 'screen')).toMatchObject({ changed: true });
    expect(await told(serve, 'off', 'host')).toMatchObject({ name: 'kiosk', kind: 'screen' });
    expect((await told(share, 'off', 'host')).reason).toContain('stopped by the host at 20');
    await meeting.still('kiosk');
    const stopped = await meeting.stream('kiosk');
    expect(stopped).toMatchObject({ self: 'on', host: 'off' });
    expect(Math.abs(stopped.hostSinceUs / 1000 - Date.now())).toBeLessThan(60_000);
    expect(await meeting.ctl('stop', 'kiosk', 'screen')).toMatchObject({ changed: false });
    const again = await meeting.stream('kiosk');
    expect(again.hostSinceUs).toBe(stopped.hostSinceUs);
    expect(await meeting.ctl('start', 'kiosk')).toMatchObject({ changed: true });
    await told(share, 'on', 'host');
    await meeting.flowing('kiosk');
  });

  it("cannot undo the sharer's own word, nor the sharer the host's", async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    await meeting.ctl('stop', 'screen');
    await told(serve, 'off', 'self');
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'off', host: 'on' });
    expect(await meeting.ctl('start', 'kiosk', 'screen')).toMatchObject({ changed: false });
    await meeting.ctl('stop', 'kiosk', 'screen');
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'off', host: 'off' });
    await meeting.ctl('start', 'screen');
    await expect.poll(async () => (await meeting.stream('kiosk')).self, PATIENT).toBe('on');
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'on', host: 'off' });
    await meeting.ctl('stop', 'screen');
    await expect.poll(async () => (await meeting.stream('kiosk')).self, PATIENT).toBe('off');
    await meeting.ctl('start', 'kiosk', 'screen');
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'off', host: 'on' });
  });

  it('mutes the audio alone', async () => {
    const { serve, ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk', ['screen', 'audio']);
    await meeting.ctl('mute', 'kiosk');
    expect(await told(serve, 'off', 'host')).toMatchObject({ kind: 'audio' });
    expect(await meeting.stream('kiosk', 'audio')).toMatchObject({ host: 'off' });
    expect(await meeting.stream('kiosk', 'screen')).toMatchObject({ host: 'on' });
    await meeting.ctl('unmute', 'kiosk');
    expect(await meeting.stream('kiosk', 'audio')).toMatchObject({ host: 'on' });
  });

  it('sends a share away, which ends with 77', async () => {
    const { serve, ports } = await meeting.serve();
    const share = await meeting.share(ports, 'kiosk');
    await meeting.ctl('kick', 'kiosk');
    const { exitCode } = await share.ended;
    expect(exitCode).toBe(77);
    expect(await share.event('error')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    expect(await serve.event('left')).toMatchObject({ reason: 'sent away by the host' });
  });

  it('refuses to mute a picture', async () => {
    for (const words of [
      ['mute', 'kiosk', 'screen'],
      ['unmute', 'video'],
    ]) {
      const { exitCode, stderr } = await meeting.run('ctl', ...words);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/mute is for audio; for /u)]);
    }
  });

  it('says so in words when nobody has that name, and ends with 2', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const { exitCode, stderr, stdout } = await meeting.run('ctl', 'stop', 'kisok');
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('there is no participant "kisok" (did you mean "kiosk"?)');
    expect(stderr).toContain('MEET_USAGE');
    const long = await meeting.run('ctl', 'stop', 'k'.repeat(10_001));
    expect([long.exitCode, long.stdout]).toEqual([1, '']);
    expect(long.stderr).toMatch(/"target"/u);
  });

  it('passes on a whole message or none', async () => {
    const { serve } = await meeting.serve();
    expect((await meeting.run('chat', ' \u001b[31mred\u202e ')).exitCode).toBe(0);
    expect(await serve.event('chat')).toMatchObject({ name: 'host', text: '[31mred' });
    for (const text of ['y'.repeat(1001), '語'.repeat(10_000), '\u001b\u202e']) {
      const { exitCode, stderr } = await meeting.run('chat', text);
      expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/message has|nothing to say/u)]);
    }
    expect((await meeting.run('chat', 'y'.repeat(1000))).exitCode).toBe(0);
  });
});

describe('meet ctl on another machine', () => {
  it('acts with the role of a host, and without it is told so', async () => {
    const { ports } = await meeting.serve();
    await meeting.share(ports, 'kiosk');
    const far = ['--host', '127.0.0.1', '--ports', portsText(ports)];
    const refused = await meeting.run('ctl', 'stop', 'kiosk', ...far);
    expect([refused.exitCode, refused.stdout]).toEqual([77, '']);
    expect(refused.stderr).toContain('MEET_ROLE');
    const invite = await meeting.run('invite', '--role', 'host', '--host', '127.0.0.1');
    const withInvite = [...far, '--invite', invite.stdout.trim()];
    expect((await meeting.run('ctl', 'stop', 'kiosk', ...withInvite)).stdout).toContain('done');
    expect(await meeting.stream('kiosk')).toMatchObject({ self: 'on', host: 'off' });
    expect((await meeting.run('ctl', 'waiting', ...withInvite)).stdout).toContain('nobody waits');
    const own = await meeting.run('ctl', 'stop', 'screen', ...far);
    expect([own.exitCode, own.stderr]).toEqual([2, expect.stringContaining('whom?')]);
  });
});

describe('meet ctl on a share', () => {
  it('turns a stream off and on again, with its device', async () => {
    const { ports } = await meeting.serve();
    const share = await meeting.share(ports, 'kiosk', ['screen', 'video']);
    expect(await meeting.ctl('stop', 'video')).toMatchObject({
      changed: true,
      streams: [
        { kind: 'screen' },
        {
          kind: 'video',
          live: false,
          hindrances: expect.arrayContaining(['off']) as unknown,
          offSinceUs: expect.any(Number) as unknown,
        },
      ],
    });
    expect(await told(share, 'off', 'self')).toMatchObject({ kind: 'video' });
    expect(await meeting.ctl('stop', 'video')).toMatchObject({ changed: false });
    expect(await meeting.ctl('start')).toMatchObject({ changed: true });
    expect((await meeting.run('ctl', 'stop', 'audio')).stderr).toContain(
      'audio is not shared; start it with: --audio',
    );
  });

  it('asks which one when two run, and takes a --pid', async () => {
    const { ports } = await meeting.serve();
    const first = await meeting.share(ports, 'first');
    const second = await meeting.share(ports, 'second');
    const { exitCode, stderr } = await meeting.run('ctl', 'stop', 'screen');
    expect(exitCode).toBe(2);
    expect(stderr).toContain(String(first.pid));
    await meeting.ctl('stop', 'screen', '--pid', String(second.pid));
    await told(second, 'off', 'self');
    expect(await meeting.stream('first')).toMatchObject({ self: 'on' });
  });

  it('says where there is none, and ends with 69', async () => {
    const { exitCode, stderr } = await meeting.run('ctl', 'stop', 'screen');
    expect(exitCode).toBe(69);
    expect(stderr).toContain('no share of this user runs here; start one: meet share');
  });
});

describe('the panel of a share', () => {
  it('says who has turned a stream off and since when, and both where both have', async () => {
    const { ports } = await meeting.serve();
    const { cwd, env } = meeting;
    const words = ['share', '--screen', 'test', '--name', 'kiosk', '--ports', portsText(ports)];
    await using terminal = await openMeetTerminal(words, { columns: 100, rows: 20, cwd, env });
    const shows = (pattern: RegExp): Promise<void> =>
      terminal.until(() => pattern.test(terminal.text()), String(pattern));
    await shows(/● on|on, nobody watches/u);
    await meeting.ctl('stop', 'kiosk', 'screen');
    await shows(/■ stopped by the host {2}since \d\d:\d\d\s/u);
    await meeting.ctl('stop', 'screen');
    await shows(/■ stopped by the host {2}since \d\d:\d\d, and off by you/u);
    await meeting.ctl('start', 'kiosk', 'screen');
    await shows(/○ off by you {2}since \d\d:\d\d/u);
    // Its title is told once, though the lines of a pipe begin with the same words.
    expect(terminal.text().match(/sharing as kiosk/gu)).toHaveLength(1);
  });

  it('gives way to plain lines on a dumb terminal, which cannot draw over what it has shown', async () => {
    const { ports } = await meeting.serve();
    const { cwd, env } = meeting;
    const words = ['share', '--screen', 'test', '--name', 'kiosk', '--ports', portsText(ports)];
    const size = { columns: 100, rows: 20 };
    const before = 'export TERM=dumb';
    await using terminal = await openMeetTerminal(words, { ...size, cwd, env, before });
    await terminal.until(() => /sharing as kiosk/u.test(terminal.text()), 'its first line');
    await meeting.ctl('stop', 'kiosk', 'screen');
    await terminal.until(() => /screen off: stopped/u.test(terminal.text()), 'the next line');
    expect(terminal.received).not.toContain('\u001b');
  });
});
