/**
 * Signals that end a program at once, for as long as a terminal is taken: `kill -QUIT` and its like.
 * Owns giving the terminal back before they do what they would have done. SIGINT, SIGTERM and SIGHUP
 * ask for a clean end and are the entry point's; SIGKILL cannot be seen by anybody.
 */
import type { Suspendable } from './job-control.js';

/** Those that people and service managers send (signal(7)). Node's own options take SIGUSR1 and SIGUSR2. */
export const DEADLY_SIGNALS = ['SIGQUIT', 'SIGABRT', 'SIGALRM', 'SIGXCPU'] as const;

/** Returns what gives the signals back. */
export function followDeadlySignals(taken: Pick<Suspendable, 'suspend'>): () => void {
  const forgets = DEADLY_SIGNALS.map((signal) => {
    const onSignal = (): void => {
      taken.suspend();
      process.off(signal, onSignal);
      // Nobody catches it any more: the one who started this program learns what ended it.
      process.kill(process.pid, signal);
    };
    process.on(signal, onSignal);
    return () => process.off(signal, onSignal);
  });
  return () => {
    for (const forget of forgets) forget();
  };
}
