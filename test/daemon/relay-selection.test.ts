import { describe, expect, it } from 'vitest';
import { RunningDaemon } from '../setup/running-daemon.js';
import { ManualClock } from '../setup/manual-clock.js';
import { got, passed, publisher, sendPictures, slowViewer, viewer } from './relay-scene.js';

async function threeSenders() {
  const daemon = await RunningDaemon.start({ clock: new ManualClock() });
  const one = await publisher(daemon, { name: 'one' });
  const two = await publisher(daemon, { name: 'two' });
  const three = await publisher(daemon, { name: 'three' });
  const all = [one, two, three];
  for (const each of all) sendPictures(each, 0, 0);
  await passed(...all);
  return { daemon, one, two, three };
}

describe('a viewer that selects', () => {
  it('gets only what it selected, from the next frame on', async () => {
    const { daemon, one, two, three } = await threeSenders();
    const watcher = await viewer(daemon);
    watcher.sendControl({ type: 'select', participants: [2] });
    await passed(watcher);
    for (const each of [one, two, three]) sendPictures(each, 1, 1);
    await passed(one, two, three, watcher);
    expect(got(watcher).slice(3)).toEqual(['2/1']);
  });

  it('in its hello gets nothing else at all', async () => {
    const { daemon, one, two, three } = await threeSenders();
    const watcher = await viewer(daemon, { hello: { participants: [3] } });
    for (const each of [one, two, three]) sendPictures(each, 1, 1);
    await passed(one, two, three, watcher);
    expect(got(watcher)).toEqual(['3/0', '3/1']);
    const none = await viewer(daemon, { hello: { participants: [] } });
    sendPictures(one, 2, 2);
    await passed(one, none);
    expect(got(none)).toEqual([]);
  });

  it('has the newest picture of what it selected anew, and not again of what it had', async () => {
    const { daemon } = await threeSenders();
    const watcher = await viewer(daemon, { hello: { participants: [1] } });
    watcher.sendControl({ type: 'select', participants: [1, 2] });
    watcher.sendControl({ type: 'select', participants: 'all' });
    await passed(watcher);
    expect(got(watcher)).toEqual(['1/0', '2/0', '3/0']);
  });

  it('gets no picture that waited for it when it selects something else', async () => {
    const { daemon, one, two } = await threeSenders();
    const watcher = await slowViewer(daemon, { hello: { participants: [1] } });
    sendPictures(one, 1, 5);
    await passed(one, watcher);
    expect(got(watcher)).toEqual(['1/0', '1/1']);
    watcher.sendControl({ type: 'select', participants: [2] });
    watcher.sendControl({ type: 'ack', sequence: 1, source: 1 });
    sendPictures(two, 1, 1);
    await passed(watcher, two, watcher);
    expect(got(watcher)).toEqual(['1/0', '1/1', '2/0', '2/1']);
  });

  it('is told so when what it sends is not for a viewer to send', async () => {
    const { daemon } = await threeSenders();
    const watcher = await viewer(daemon);
    watcher.sendControl({ type: 'stream', state: 'on' });
    expect(await watcher.answer('error')).toMatchObject({ code: 'MEET_CONTROL_INVALID' });
    expect(watcher.isClosed).toBe(false);
  });
});
