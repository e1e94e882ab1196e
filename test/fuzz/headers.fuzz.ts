import { fuzzBox } from './parsers.js';

fuzzBox('headers');
