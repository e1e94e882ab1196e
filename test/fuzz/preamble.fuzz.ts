import { fuzzBox } from './parsers.js';

fuzzBox('preamble');
