import { fuzzBox } from './parsers.js';

fuzzBox('pickle');
