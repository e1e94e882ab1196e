import { describe, expect, it } from 'vitest';
import { RecordingSubscriber } from '../../src/daemon/recording-subscriber.js';
import { framesRecorder } from '../../src/daemon/recording/frames-recorder.js';
import { systemRecordingFs } from '../../src/daemon/recording/recording-fs.js';
import { systemClock } from '../../src/transport/clock.js';
import { limitsWith } from '../../src/transport/limits.js';
import { readOnlyStay } from '../e2e/recorded.js';
import { ManualClock } from '../setup/manual-clock.js';
import type { NativeClient, WireAnswer } from '../setup/native-client.js';
import { newSession } from '../setup/native-client.js';
import { RunningDaemon, eventsNamed } from '../setup/running-daemon.js';
import { temporaryFolder } from './recording/temporary-folder.js';
import { passed, publisher, sendPictures, viewer } from './relay-scene.js';

function chats({ answers }: NativeClient): WireAnswer[] {
  return answers.entries.filter(({ type }) => type === 'chat');
}

describe('what a participant says', () => {
  it('comes to everybody who watches its room, with who said it and when', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock });
    const sender = await publisher(daemon, { name: 'alice' });
    const near = await viewer(daemon, { name: 'bob' });
    const far = await viewer(daemon, { name: 'eve', room: 'lab' });
    const forged = { name: 'the host', participant: 77, atUs: 1 };
    sender.sendControl({ type: 'chat', text: 'hello', ...forged });
    near.sendControl({ type: 'chat', text: 'hello yourself' });
    await passed(sender, near, far);
    const atUs = clock.wallUs();
    expect(chats(near)).toEqual([
      { type: 'chat', text: 'hello', participant: 1, name: 'alice', atUs },
      { type: 'chat', text: 'hello yourself', participant: 2, name: 'bob', atUs },
    ]);
    expect(chats(far)).toEqual([]);
    expect(eventsNamed(daemon, 'chat').map(({ text }) => text)).toEqual([
      'hello',
      'hello yourself',
    ]);
  });

  it.each([
    ['escape sequences', '\u001b[2J\u001b]52;c;aGk=\u0007red\u009b5m', '[2J]52;c;aGk=red5m'],
    ['bidi marks', 'abc\u202etxt.exe\u2066', 'abctxt.exe'],
    ['lines', 'one\r\ntwo\n\n\nthree', 'one two three'],
    ['lone surrogates', 'a\ud800b\udfff', 'ab'],
    ['letters that can be composed', 'e\u0301', '\u00e9'],
  ])('is cleaned of %s', async (_, text, clean) => {
    const daemon = await RunningDaemon.start();
    const watcher = await viewer(daemon);
    watcher.sendControl({ type: 'chat', text });
    expect((await watcher.answer('chat')).text).toBe(clean);
  });

  it('is at most 1000 code points, and is nothing where cleaning leaves nothing', async () => {
    const daemon = await RunningDaemon.start();
    const watcher = await viewer(daemon);
    watcher.sendControl({ type: 'chat', text: '\u001b\u202e \n' });
    watcher.sendControl({ type: 'chat', text: '\u{1f600}'.repeat(2000) });
    watcher.sendControl({ type: 'chat', text: 'x'.repeat(4000) });
    await passed(watcher);
    const texts = chats(watcher).map(({ text }) => String(text));
    expect(texts.map((text) => Array.from(text).length)).toEqual([1000, 1000]);
  });

  it('is refused beyond 4000 characters, with an error, and the connection stays', async () => {
    const daemon = await RunningDaemon.start();
    const watcher = await viewer(daemon);
    watcher.sendControl({ type: 'chat', text: 'x'.repeat(4001) });
    expect(await watcher.answer('error')).toMatchObject({ code: 'MEET_CONTROL_INVALID' });
    await passed(watcher);
    expect(chats(watcher)).toEqual([]);
  });

  it('is bounded in a minute, over all its connections, and then goes on', async () => {
    const clock = new ManualClock();
    const daemon = await RunningDaemon.start({ clock, limits: { 'chat-per-minute': 6 } });
    const session = newSession();
    const first = await publisher(daemon, { session, name: 'loud' });
    const second = await publisher(daemon, { session, kind: 'video' });
    const watcher = await viewer(daemon);
    const quiet = await publisher(daemon, { name: 'quiet' });
    for (let at = 0; at < 5; at += 1) {
      for (const client of [first, second]) client.sendControl({ type: 'chat', text: `${at}` });
    }
    quiet.sendControl({ type: 'chat', text: 'may I?' });
    await passed(first, second, quiet, watcher);
    expect(chats(watcher).filter(({ name }) => name === 'loud').length).toBe(6);
    expect(chats(watcher).filter(({ name }) => name === 'quiet').length).toBe(1);
    const refusals = [first, second].flatMap(({ answers }) =>
      answers.entries.filter(({ type }) => type === 'error').map(({ code }) => code),
    );
    expect(refusals).toEqual(Array.from({ length: 4 }, () => 'MEET_CHAT_TOO_MUCH'));
    clock.advance(9000);
    first.sendControl({ type: 'chat', text: 'too early' });
    await passed(first, watcher);
    clock.advance(1000);
    first.sendControl({ type: 'chat', text: 'in time' });
    await passed(first, watcher);
    expect(chats(watcher).map(({ text }) => text)).not.toContain('too early');
    expect(chats(watcher).at(-1)?.text).toBe('in time');
  });
});

describe('what the host says', () => {
  it('comes to all rooms, from the host, cleaned', async () => {
    const daemon = await RunningDaemon.start();
    const watchers = [await viewer(daemon), await viewer(daemon, { room: 'lab' })];
    daemon.daemon.chat.sayAsHost('five\u001b[5m minutes');
    for (const watcher of watchers) {
      const said = await watcher.answer('chat');
      expect(said).toMatchObject({ name: 'host', text: 'five[5m minutes' });
      expect(said.participant).toBeUndefined();
    }
  });
});

describe('a hand', () => {
  it('is up for the whole participant, once however often it is raised, and goes down', async () => {
    const daemon = await RunningDaemon.start();
    const session = newSession();
    const sender = await publisher(daemon, { session });
    const same = await viewer(daemon, { session, kind: 'video' });
    const hand = (): boolean | undefined => [...daemon.daemon.hub.participants][0]?.hand;
    same.sendControl({ type: 'hand', up: true });
    same.sendControl({ type: 'hand', up: true });
    await passed(same);
    expect(hand()).toBe(true);
    sender.sendControl({ type: 'hand', up: false });
    await passed(sender);
    expect(hand()).toBe(false);
  });

  it('that was up before the first frame stands in the recording', async () => {
    const root = await temporaryFolder();
    const [fs, clock] = [systemRecordingFs, systemClock];
    const onEvent = (): void => undefined;
    const recorder = framesRecorder({ root, fs, clock, limits: limitsWith(), onEvent });
    const daemon = await RunningDaemon.start({
      recording: new RecordingSubscriber(recorder, clock),
    });
    const sender = await publisher(daemon);
    sender.sendControl({ type: 'hand', up: true });
    await passed(sender);
    sendPictures(sender, 0, 0);
    await passed(sender);
    await daemon.daemon.close('enough');
    const { lines } = await readOnlyStay(root);
    expect(lines.filter(({ type }) => type === 'hand')).toMatchObject([{ up: true }]);
  });
});
