/**
 * Which track of a Matroska file holds what. Owns telling ours by their names, and what is taken of
 * files of others: the first JPEG pictures as a screen, the next as a camera, 16-bit PCM as sound.
 */
import type { MatroskaHead, MatroskaTrack } from './matroska-head.js';

export type TrackKind = 'screen' | 'video' | 'audio' | 'events';

/** Names and codecs of our own tracks (docs/recordings.md, "One segment"). */
const OURS: Readonly<Record<string, TrackKind>> = {
  'screen V_MJPEG': 'screen',
  'camera V_MJPEG': 'video',
  'sound A_PCM/INT/LIT': 'audio',
  'meeting S_TEXT/UTF8': 'events',
};

/** Kinds by track number; tracks that nothing here can read are left out. */
export function trackKinds({ tracks }: MatroskaHead): ReadonlyMap<number, TrackKind> {
  const kinds = new Map<number, TrackKind>();
  const taken = new Set<TrackKind>();
  const foreign: MatroskaTrack[] = [];
  for (const track of tracks) {
    const kind = OURS[`${track.name} ${track.codec}`];
    if (kind === undefined || taken.has(kind)) foreign.push(track);
    else {
      kinds.set(track.number, kind);
      taken.add(kind);
    }
  }
  for (const track of foreign) {
    const kind = guessesOf(track).find((each) => !taken.has(each));
    if (kind === undefined) continue;
    kinds.set(track.number, kind);
    taken.add(kind);
  }
  return kinds;
}

function guessesOf({ codec, bitDepth, channels, sampleRateHz }: MatroskaTrack): TrackKind[] {
  if (codec === 'V_MJPEG') return ['screen', 'video'];
  const isSound = codec === 'A_PCM/INT/LIT' && bitDepth === 16;
  const isPlayable = channels >= 1 && channels <= 2 && sampleRateHz >= 8000;
  return isSound && isPlayable && sampleRateHz <= 192_000 ? ['audio'] : [];
}
