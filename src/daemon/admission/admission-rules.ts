/**
 * What the operator has said of who may come in. Owns the settings and what holds without them;
 * decides nothing.
 */
import type { TextFile } from './text-file.js';
import { textInMemory } from './text-file.js';

export interface AdmissionRules {
  /** Everyone is let in. */
  readonly open: boolean;
  /** No plain connection, not even from loopback. */
  readonly tlsRequired: boolean;
  /** False: no older clients, and nothing in plain from other machines. */
  readonly plain: boolean;
  /** Ranges from which plain connections are let in. */
  readonly plainFrom: readonly string[];
  readonly admitted: TextFile;
  readonly invites: TextFile;
}

/** What a daemon does without a state folder: everything in memory, nobody from elsewhere unasked. */
export function defaultRules(): AdmissionRules {
  return {
    open: false,
    tlsRequired: false,
    plain: true,
    plainFrom: [],
    admitted: textInMemory('admitted'),
    invites: textInMemory('invites'),
  };
}
