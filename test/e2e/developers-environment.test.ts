import { expect, it } from 'vitest';
import { freePorts, portsText } from '../setup/meet-program.js';
import { openMeetTerminal } from './meet-terminal.js';
import { Meeting } from './meeting.js';

it('shows its dashboard whatever DEV and NODE_ENV say to other programs', async () => {
  await using meeting = await Meeting.open();
  const ports = portsText(await freePorts());
  await meeting.serve(ports);
  await using terminal = await openMeetTerminal(['watch', '--no-play', '--ports', ports], {
    ...{ columns: 100, rows: 30, cwd: meeting.cwd },
    env: { ...meeting.env, DEV: 'true', NODE_ENV: 'development' },
  });
  await terminal.until(() => /Nobody/u.test(terminal.text()), 'the dashboard');
  expect(terminal.text()).not.toMatch(/devtools|DEV/u);
});
