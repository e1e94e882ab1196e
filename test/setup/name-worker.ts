/** Names the process that runs a test file after it, before anything of the file is loaded. */
import { expect } from 'vitest';
import { titleOf } from './worker-title.js';

const { testPath } = expect.getState();
if (testPath !== undefined) process.title = titleOf(testPath);
