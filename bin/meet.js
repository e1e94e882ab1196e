#!/usr/bin/env node
// The entry point of `meet`. Answers --version without loading anything else.
import { asksForVersion, tellVersion } from '../dist/bundle/version-answer.js';

const words = process.argv.slice(2);
if (asksForVersion(words)) tellVersion('meet');
else {
  if (words[0] === 'serve' || words[0] === 'demo') {
    // As in meetd.js: it runs the daemon.
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--semi-space-growth-factor=1');
  }
  const { start } = await import('../dist/bundle/start.js');
  await start('meet');
}
