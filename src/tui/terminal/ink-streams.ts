/**
 * What Ink gets for stdout and stdin. Owns the one place where they pass for whole TTY streams.
 */
import type { FrameOutput } from '../dashboard/frame-output.js';
import type { KeyStream } from './filtered-input.js';

/**
 * Ink's types ask for whole TTY streams (sockets with 100 members); it uses `columns`, `rows`, `write`
 * and `on` of the one, `read`, `setEncoding`, `setRawMode`, `ref` and `unref` of the other. No parse
 * could make one of the other.
 */
export function inkStreams(
  stdout: FrameOutput,
  stdin: KeyStream,
): { stdout: NodeJS.WriteStream; stdin: NodeJS.ReadStream } {
  return {
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream,
  };
}
