/**
 * A shell's job control while a terminal is taken: `kill -TSTP` and `fg`. Owns the two signals for as
 * long as that is; knows nothing of what is shown.
 *
 * Whoever stops a program gets a terminal as it was before; whoever lets it go on, by `fg` or after
 * `kill -STOP`, finds it as it was left. Ctrl-Z is no key of a terminal in raw mode.
 */
export interface Suspendable {
  /** Gives the terminal back at once. */
  suspend(): void;
  /** Takes it again, whatever has been done to it since; also where nothing was suspended. */
  resume(): void;
}

/** Returns what gives the signals back. */
export function followJobControl(taken: Suspendable): () => void {
  const onStop = (): void => {
    taken.suspend();
    // The signal has been caught, so it stops nothing by itself; this one cannot be.
    process.kill(process.pid, 'SIGSTOP');
  };
  const onContinue = (): void => {
    taken.resume();
  };
  process.on('SIGTSTP', onStop);
  process.on('SIGCONT', onContinue);
  return () => {
    process.off('SIGTSTP', onStop);
    process.off('SIGCONT', onContinue);
  };
}
