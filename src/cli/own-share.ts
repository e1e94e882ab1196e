/**
 * A running share as its own user sees and turns it: in the panel of `meet share`, in the dashboard of
 * `meet join`. Owns the words; the streams are the share's.
 */
import type { StreamKind } from '../transport/stream-kind.js';
import type { Outcome } from '../tui/meeting.js';
import { timeOfDay } from '../tui/dashboard/figure-words.js';
import type { OwnStream } from '../tui/share-lines.js';
import type { OwnShare } from '../tui/share-panel.js';
import { asMeetError } from '../transport/errors.js';
import type { OwnState } from './own-state.js';
import { HOW_IT_COMES_BACK } from './own-state.js';
import type { ShareRun, ToggleResult } from './share-run.js';

/** Turns a kind off if it is on, on if it is off. */
export function toggleOwn(share: ShareRun, kind: StreamKind): Outcome {
  try {
    const state = share.states().find((each) => each.kind === kind);
    const on = state?.hindrances.includes('off') === true;
    const result = share.toggle(kind, on);
    return {
      ok: true,
      message: `your ${kind} is ${on ? 'on' : 'off'}${on ? butHost(result) : ''}`,
    };
  } catch (thrown) {
    return { ok: false, message: asMeetError(thrown).message };
  }
}

/** Why it does not flow though its user has it on; empty where it does. */
function butHost({ heldByHost, sentAway }: ToggleResult): string {
  if (sentAway) return `, but the host has sent it away; ${HOW_IT_COMES_BACK}`;
  return heldByHost ? ', but the host has stopped it' : '';
}

/** What the panel shows of a share. `host`: where the daemon is. */
export function ownShare(share: ShareRun, host: string): OwnShare {
  return {
    title: `sharing as ${share.welcome?.name ?? ''} with ${host}, room ${share.welcome?.room ?? ''}`,
    streams: () => {
      const rows = new Map(share.rows().map((row) => [row.kind, row]));
      return share.states().map((state) => ({
        kind: state.kind,
        state: stateOf(state, rows.get(state.kind)?.connected === true),
        ...noteOf(state),
        framesPerSecond: rows.get(state.kind)?.framesPerSecond ?? 0,
        bytesPerSecond: rows.get(state.kind)?.bytesPerSecond ?? 0,
      }));
    },
    toggle: (kind) => Promise.resolve(toggleOwn(share, kind)),
  };
}

/** Since when, and the other of the two states where both hold; of one sent away how it comes back. */
function noteOf({ offSinceUs, heldSinceUs, sentAwaySinceUs }: OwnState): Pick<OwnStream, 'note'> {
  if (sentAwaySinceUs !== undefined) {
    return { note: `since ${timeOfDay(sentAwaySinceUs)}; start again to share it` };
  }
  const sinceUs = heldSinceUs ?? offSinceUs;
  if (sinceUs === undefined) return {};
  const also = heldSinceUs === undefined || offSinceUs === undefined ? '' : ', and off by you';
  return { note: `since ${timeOfDay(sinceUs)}${also}` };
}

/** The host's stop is told first: only the host can undo it. What was sent away stays so. */
function stateOf({ live, hindrances }: OwnState, connected: boolean): OwnStream['state'] {
  if (hindrances.includes('sent-away')) return 'sent-away';
  if (hindrances.includes('held')) return 'stopped';
  if (hindrances.includes('off')) return 'off';
  if (!connected) return 'connecting';
  if (hindrances.includes('unwanted')) return 'unwanted';
  return live ? 'on' : 'stalled';
}
