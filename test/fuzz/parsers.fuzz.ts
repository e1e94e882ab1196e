import { testParsers } from './parsers.js';

/** The long run: ten million inputs a parser take a few minutes each. */
testParsers(4 * 60 * 60 * 1000);
