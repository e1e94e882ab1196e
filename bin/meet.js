#!/usr/bin/env node
// The entry point of `meet`. Answers --version without loading anything else.
import { readFileSync } from 'node:fs';

const [first, ...rest] = process.argv.slice(2);
if ((first === '--version' || first === '-V') && rest.length === 0) {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`${JSON.parse(manifest).version}\n`);
} else {
  if (first === 'serve' || first === 'demo') {
    // As in meetd.js: it runs the daemon.
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--semi-space-growth-factor=1');
  }
  const { runMeet } = await import('../dist/bundle/main.js');
  await runMeet('meet');
}
