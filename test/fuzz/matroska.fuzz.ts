import { boundWanted } from './fuzz-run.js';
import { fuzzBox } from './parsers.js';
import { testRecordings } from './recordings.js';

/** Of the box's time; the files' reader is made of the parsers that have the rest. */
const SHARE = 4;
const LONG_SECONDS = 600;

fuzzBox('matroska');
const bound = boundWanted(0);
testRecordings({ seconds: ('seconds' in bound ? bound.seconds : LONG_SECONDS) / SHARE });
