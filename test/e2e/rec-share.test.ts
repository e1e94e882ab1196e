/** A recording played back into a meeting: what a viewer there sees and hears. */
import { readFile, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { portsText } from '../setup/meet-program.js';
import { loudestFrequencyHz } from '../setup/tone.js';
import { eventually } from './recorded.js';
import { PEOPLE, SOUND_RATE_HZ, picture, recordedScene } from './recorded-people.js';
import { Meeting } from './meeting.js';

let meeting: Meeting;
beforeEach(async () => {
  meeting = await Meeting.open();
});
afterEach(() => meeting[Symbol.asyncDispose]());

describe('meet share of a recording', { timeout: 60_000 }, () => {
  it('sends its pictures as they were recorded, and its sound; of a cut one what there is', async () => {
    const { folder } = await recordedScene(PEOPLE.slice(0, 1));
    const path = join(folder, 'anna-0001.mkv');
    await truncate(path, Math.floor((await readFile(path)).length * 0.9));
    // Somebody has to want the sound: here a recording of the meeting.
    const serve = meeting.start(['serve', '--json', '--record', 'kept', '--ports', '0,0,0']);
    const { ports } = await serve.event('ready');
    const where = ['--ports', portsText(ports)];
    const sources = ['--screen', `file:${path}`, '--audio', `file:${path}`];
    const share = meeting.start(['share', '--json', '--name', 'again', ...where, ...sources]);
    await share.event('ready');
    const [anna] = PEOPLE;
    if (anna === undefined) throw new Error('nobody is there');
    const first = await picture(anna.colours, 160, 90);
    // It changes its size in the middle, and the loop comes back to the first.
    await eventually('the recorded picture', async () => {
      const snapshot = ['snapshot', 'again/screen', '-o', 'seen.jpg', ...where];
      if ((await meeting.run(...snapshot)).exitCode !== 0) return undefined;
      return (await readFile(join(meeting.cwd, 'seen.jpg'))).equals(first) ? true : undefined;
    });
    await eventually('its sound', async () =>
      (await meeting.stream('again', 'audio')).frames > 50 ? true : undefined,
    );
    await share.end();
    await serve.end();
    const heard = ['rec', 'export', 'latest', '--dir', 'kept', '-o', 'heard.wav'];
    expect(await meeting.run(...heard)).toMatchObject({ exitCode: 0 });
    const bytes = (await readFile(join(meeting.cwd, 'heard.wav'))).subarray(44);
    const hz = loudestFrequencyHz({ bytes, sampleRateHz: SOUND_RATE_HZ, channels: 2 });
    expect(Math.abs(hz - anna.toneHz)).toBeLessThan(3);
    // Its size changes in the middle, for which a stream is opened again; nothing else went wrong.
    const faults = share.events.filter((each) => each.event === 'error');
    expect(faults.filter(({ message }) => !message.includes('it is opened again'))).toEqual([]);
  });

  it('of none says what is wrong with the file, and ends', async () => {
    const { ports } = await meeting.serve();
    const where = ['--ports', portsText(ports)];
    const missing = await meeting.run('share', '--screen', 'file:no:such %d.mkv', ...where);
    expect(missing).toMatchObject({ exitCode: 1 });
    expect(missing.stderr).toMatch(/no:such %d\.mkv.*\(MEET_FILE_SOURCE\)/);
  });
});
