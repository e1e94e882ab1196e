import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useElsewhere } from '../setup/elsewhere.js';
import { freePorts, portsText } from '../setup/meet-program.js';
import { NativeClient } from '../setup/native-client.js';
import { needs } from '../setup/programs.js';
import { wirePreamble } from '../setup/wire.js';
import { Meeting } from './meeting.js';
import { TmuxPanes } from './tmux-panes.js';

const MEET = fileURLToPath(new URL('../../bin/meet.js', import.meta.url));

describe.skipIf(needs('ip', 'tmux'))('those who wait, at the dashboard of meet serve', () => {
  const { address } = useElsewhere();
  let meeting: Meeting;
  beforeEach(async () => {
    meeting = await Meeting.open();
  });
  afterEach(() => meeting[Symbol.asyncDispose]());

  async function waits(port: number, host: number, name: string): Promise<NativeClient> {
    const options = { tls: {}, localAddress: address(host), wallUs: () => Date.now() * 1000 };
    const client = await NativeClient.connect(port, 'screen', options);
    client.send(wirePreamble('screen'), client.hello({ name }));
    await client.answer('waiting');
    return client;
  }

  it('are let in, put off and turned away one by one, whatever they are called', async () => {
    const ports = await freePorts();
    const { cwd, env } = meeting;
    await using panes = new TmuxPanes({ columns: 110, rows: 30, cwd, env });
    const serve = `serve --no-record --no-play --ports ${portsText(ports)}`;
    const host = await panes.open(`${process.execPath} ${MEET} ${serve}`);
    await panes.shows(host, /Nobody else shares anything yet/u);
    const hostile = await waits(ports.screen, 1, '\u001b[2J\u202eroot\u0007\u009b31m');
    await panes.shows(host, /1 waiting/u);
    const ada = await waits(ports.screen, 2, 'ada');
    const bob = await waits(ports.screen, 3, 'bob');
    await panes.shows(host, /3 waiting/u);

    await panes.keys(host, 'a');
    const asked = await panes.shows(host, /2 more wait/u);
    expect(asked).toContain(`[2Jroot31m`);
    expect(asked).toContain(address(1));
    await panes.keys(host, 'x');
    expect(await hostile.answer('refused')).toMatchObject({ code: 'MEET_NOT_ADMITTED' });
    await panes.shows(host, /Let ada in[^]*1 more wait/u);
    await panes.keys(host, 'y');
    await ada.answer('welcome');
    await panes.shows(host, /Let bob in/u);
    await panes.keys(host, 'n');
    await panes.shows(host, /1 waiting/u);
    expect(bob.isClosed).toBe(false);
    expect(bob.answers.entries.map(({ type }) => type)).not.toContain('welcome');

    // Whoever goes while it is asked about is not mistaken for the next one.
    const eve = await waits(ports.screen, 4, 'eve');
    await panes.shows(host, /2 waiting/u);
    await panes.keys(host, 'a');
    await panes.shows(host, /Let bob in[^]*1 more wait/u);
    bob.raw.end();
    await panes.shows(host, /1 waiting/u);
    await panes.keys(host, 'y');
    await panes.keys(host, 'a');
    await panes.shows(host, /Let eve in/u);
    expect(eve.answers.entries.map(({ type }) => type)).not.toContain('welcome');
    await panes.keys(host, 'Enter');
    await eve.answer('welcome');
  }, 120_000);
});
