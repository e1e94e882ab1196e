/**
 * Types of node-record-lpcm16 1.0.1, which brings none: what its index.js does, not what its README
 * says. Owns nothing at run time.
 */
declare module 'node-record-lpcm16' {
  import type { ChildProcess } from 'node:child_process';
  import type { Readable } from 'node:stream';

  /** Options that the package reads; a recorder module gets these and all others as they are. */
  export interface RecordOptions {
    /** `sox`, `rec`, `arecord`, or the absolute path of a CommonJS recorder module. */
    readonly recorder: string;
    /** `raw` for PCM without a header; the package's default is `wav`. */
    readonly audioType: 'raw' | 'wav';
    readonly sampleRate: number;
    readonly channels: number;
    readonly [option: string]: unknown;
  }

  export interface Recording {
    /** Has no `error` handler: without one a program that is missing ends the whole process. */
    readonly process: ChildProcess;
    /** The program's standard output, flowing. Emits a *string* as `error` on every non-zero end. */
    stream(): Readable;
  }

  interface Recorder {
    /** Starts the program at once. */
    record(options: RecordOptions): Recording;
  }

  const recorder: Recorder;
  export default recorder;
}
