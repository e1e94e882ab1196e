import { describe, expect, it } from 'vitest';
import { waitingLine } from '../../../src/cli/waiting-row.js';
import { waitingRows } from '../../../src/daemon/admission/waiting-event.js';
import { useElsewhere } from '../../setup/elsewhere.js';
import { NativeClient } from '../../setup/native-client.js';
import { needs } from '../../setup/programs.js';
import { RunningDaemon, eventsNamed } from '../../setup/running-daemon.js';
import { admit, greeted, opened } from './admission-scene.js';

/** Its first letter is Cyrillic. */
const FALSE_ADMIN = '\u0430dmin';
const MIXED = 'letters of Latin and Cyrillic in one word';

describe.skipIf(needs('ip'))('one whose name looks like that of somebody here', () => {
  const { address } = useElsewhere();

  it('is let wait and in, and marked where the host decides and in the roster', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const viewer = await NativeClient.join(daemon.ports.screen, 'screen', {
      ...{ role: 'subscribe', name: 'admin' },
    });
    const caution = `${MIXED}, looks like "admin"`;
    const client = await opened(daemon, { localAddress: address(1) });
    expect(await greeted(client, { name: FALSE_ADMIN })).toBe('waiting');
    expect(eventsNamed(daemon, 'waiting')).toMatchObject([{ name: FALSE_ADMIN, caution }]);
    const [row] = waitingRows(daemon.daemon.admission);
    expect(row).toMatchObject({ name: FALSE_ADMIN, caution });
    if (row !== undefined) expect(waitingLine(row)).toContain(`, look twice: ${caution}`);

    admit(daemon, FALSE_ADMIN);
    const { participants } = await viewer.answers
      .first(({ type, participants }) => type === 'roster' && sizeOf(participants) === 2)
      .then((record) => ({ participants: record['participants'] }));
    expect(participants).toMatchObject([
      { name: 'admin', caution: `looks like "${FALSE_ADMIN}"` },
      { name: FALSE_ADMIN, caution },
    ]);
  });

  it('is marked beside a name whose key is known, though nobody of that name is here', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { admission } = daemon.daemon;
    admission.keys.admit({
      ...{ key: 'A'.repeat(43), name: 'kiosk-1', role: 'present', by: 'host' },
      since: '2026-01-01T00:00:00Z',
    });
    const first = await opened(daemon, { localAddress: address(1) });
    await greeted(first, { name: 'kiosk-l' });
    const other = await opened(daemon, { localAddress: address(1) });
    await greeted(other, { name: 'kiosk-2' });
    expect(waitingRows(admission).map(({ caution }) => caution)).toEqual([
      'looks like "kiosk-1"',
      undefined,
    ]);
  });

  it('is marked beside another who waits, until that one is gone', async () => {
    const daemon = await RunningDaemon.start({ rules: {} });
    const { admission } = daemon.daemon;
    const cautions = () => waitingRows(admission).map(({ caution }) => caution);
    const first = await opened(daemon, { localAddress: address(1) });
    await greeted(first, { name: 'camera 0' });
    const other = await opened(daemon, { localAddress: address(1) });
    await greeted(other, { name: 'camera O' });
    expect(cautions()).toEqual(['looks like "camera O"', 'looks like "camera 0"']);
    first.raw.end();
    await daemon.events.first((event) => event.event === 'waiting' && event.state === 'ended');
    expect(cautions()).toEqual([undefined]);
  });
});

function sizeOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
