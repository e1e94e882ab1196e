import { fuzzBox } from './parsers.js';

fuzzBox('jpeg');
