import { fuzzBox } from './parsers.js';

fuzzBox('invite');
