#!/usr/bin/env node
// The entry point of `meetd`: `meet serve` under its service's name.
import { readFileSync } from 'node:fs';

const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && rest.length === 0) {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else {
  await import('./keep-young-generation-small.js');
  const { runMeet } = await import('../dist/cli/main.js');
  await runMeet('meetd');
}
