import { fuzzBox } from './parsers.js';

fuzzBox('configuration');
