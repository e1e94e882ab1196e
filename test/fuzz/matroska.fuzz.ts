import { fuzzBox } from './parsers.js';

fuzzBox('matroska');
