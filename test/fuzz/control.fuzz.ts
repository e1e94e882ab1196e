import { fuzzBox } from './parsers.js';

fuzzBox('control');
