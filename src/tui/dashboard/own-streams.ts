/**
 * This process's own streams in words, for `meet join`. Owns these words; toggles nothing.
 */
import type { Meeting } from '../meeting.js';
import { KIND_WORDS } from './tile.js';

/** "screen on", "camera off", "sound stopped by the host"; empty where nothing is shared from here. */
export function ownStreams(
  meeting: Pick<Meeting, 'self' | 'roster' | 'rights' | 'sentAway'>,
): string[] {
  if (!meeting.rights.share) return [];
  const own = meeting.roster.find(({ participant }) => participant === meeting.self);
  const here = (own?.streams ?? []).map(({ kind, self, host }) => {
    const off = self === 'off' ? 'off' : self === 'stalled' ? 'stalled' : 'on';
    return `${KIND_WORDS[kind]} ${host === 'off' ? 'stopped by the host' : off}`;
  });
  return [
    ...here,
    ...(meeting.sentAway ?? []).map((kind) => `${KIND_WORDS[kind]} sent away by the host`),
  ];
}
