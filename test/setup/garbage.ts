/**
 * The garbage collector, for tests of what is held. Owns how it is reached; measures nothing.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Collects what nobody holds any more. Throws where this Node cannot. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node has no gc()');
  Reflect.apply(collect, undefined, []);
}
