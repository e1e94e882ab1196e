/**
 * The microphone's backends in the order in which `auto` tries them. Owns the order and nothing else.
 */
import type { Backend } from '../source.js';
import { arecordBackend } from './arecord.js';
import { ffmpegMicrophoneBackend } from './ffmpeg-microphone.js';
import { fileSoundBackend } from './file-sound.js';
import { parecBackend } from './parec.js';
import { pwRecordBackend } from './pw-record.js';
import { soxBackend } from './sox.js';
import { testToneBackend } from './test-tone.js';

/**
 * Best first: parec gives its first sound soonest; PipeWire's own where it answers no programs of
 * PulseAudio; ALSA's own recorder next; sox and ffmpeg reach the
 * same devices later, and those of macOS and Windows at all. `test` and `file` are never automatic.
 */
export const soundBackends: readonly Backend[] = [
  parecBackend,
  pwRecordBackend,
  arecordBackend,
  soxBackend,
  ffmpegMicrophoneBackend,
];

/** The tone. Its device is `test`. */
export { testToneBackend };

/** Files. Its devices are `file:PATH`. */
export { fileSoundBackend };
