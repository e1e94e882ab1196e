import { expect, test } from 'vitest';
import { killDaemons } from '../daemon/recording/daemon-kills.js';
import { temporaryFolder } from '../daemon/recording/temporary-folder.js';

const KILLS = Number(process.env['MEET_FUZZ_KILLS'] ?? '1000');

test(`A daemon that is killed ${KILLS} times leaves all that was synced`, async () => {
  const figures = await killDaemons(await temporaryFolder(), KILLS);
  expect(figures.cut).toBeGreaterThan(KILLS);
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}, 3_600_000);
