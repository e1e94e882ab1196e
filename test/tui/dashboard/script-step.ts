/**
 * What the tests and their child process say to each other. Owns these types only.
 */
import type { Chat } from '../../../src/transport/chat-records.js';
import type { RosterEntry } from '../../../src/transport/roster-records.js';
import type { GameRecord } from '../../../src/transport/play-control.js';
import type { Outcome, StreamFigures, WaitingPerson } from '../../../src/tui/meeting.js';

/** From the test: what the scripted meeting does next. */
export type ScriptStep =
  | {
      readonly do: 'set';
      readonly meeting: {
        readonly rights?: { readonly host: boolean; readonly share: boolean };
        readonly room?: string;
        readonly answer?: Outcome;
        readonly waiting?: readonly WaitingPerson[];
        readonly figureList?: readonly StreamFigures[];
      };
    }
  | { readonly do: 'roster'; readonly roster: readonly RosterEntry[] }
  | { readonly do: 'chat'; readonly chat: Omit<Chat, 'type'> }
  | { readonly do: 'game'; readonly game: GameRecord }
  | { readonly do: 'connection'; readonly words?: string }
  | {
      readonly do: 'level';
      readonly participant: number;
      readonly rms: number;
      readonly speaking: boolean;
    }
  | {
      readonly do: 'picture';
      readonly participant: number;
      readonly kind: 'screen' | 'video';
      /** 0xRRGGBB; left out: an unchanged record. */
      readonly colour?: number;
    }
  | { readonly do: 'commits' }
  | { readonly do: 'run' }
  | { readonly do: 'stop' };

/** From the child. */
export interface ChildReport {
  readonly open?: boolean;
  /** `toggle stop 2 screen`, `select 2/screen`, `chat hello`. */
  readonly asked?: string;
  readonly commits?: number;
  /** How the dashboard ended, and how many listeners its meeting had left. */
  readonly end?: string;
  readonly listeners?: number;
}

/** Reads a line from the test. Throws when it is none of its steps. */
export function parseStep(line: string): ScriptStep {
  const value: unknown = JSON.parse(line);
  if (isStep(value)) return value;
  throw new TypeError(`no step: ${line}`);
}

/** Reads a line from the child. Throws when it is no object. */
export function parseReport(line: string): ChildReport {
  const value: unknown = JSON.parse(line);
  if (typeof value === 'object' && value !== null) return value;
  throw new TypeError(`no report: ${line}`);
}

function isStep(value: unknown): value is ScriptStep {
  return typeof value === 'object' && value !== null && 'do' in value;
}
