/**
 * A small text that outlives the daemon: the list of keys, that of invites. Owns the interface; the
 * command line gives files, tests and daemons without a state folder keep it in memory.
 */
export interface TextFile {
  /** For messages. */
  readonly name: string;
  /** Another one whenever the text may be another; cheaper than reading it. Does not throw. */
  stamp(): string;
  /** Undefined: there is none yet. Throws MEET_IDENTITY. */
  read(): string | undefined;
  /** All of it, at once, also in a crash. Throws MEET_IDENTITY. */
  write(text: string): void;
  /** Runs `work` while no other program changes the text. Throws MEET_IDENTITY, and what `work` throws. */
  alone<T>(work: () => T): T;
}

export function textInMemory(name: string, text?: string): TextFile {
  let kept = text;
  let writes = 0;
  return {
    name,
    stamp: () => String(writes),
    read: () => kept,
    write: (next) => {
      kept = next;
      writes += 1;
    },
    alone: (work) => work(),
  };
}
