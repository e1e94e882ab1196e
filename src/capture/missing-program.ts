/**
 * Which package brings a program. Owns the table and the words that mend a missing one; looks for
 * nothing and installs nothing.
 */
import { MeetError } from '../transport/errors.js';

interface Packages {
  readonly apt: string;
  readonly brew?: string;
  readonly winget?: string;
}

/** Debian's package of each program that a capture backend starts; Homebrew's and winget's ids. */
const PACKAGES: Readonly<Record<string, Packages>> = {
  ffmpeg: { apt: 'ffmpeg', brew: 'ffmpeg', winget: 'Gyan.FFmpeg' },
  xrandr: { apt: 'x11-xserver-utils' },
  import: { apt: 'imagemagick', brew: 'imagemagick' },
  fswebcam: { apt: 'fswebcam' },
  imagesnap: { apt: 'imagesnap', brew: 'imagesnap' },
  parec: { apt: 'pulseaudio-utils', brew: 'pulseaudio' },
  pactl: { apt: 'pulseaudio-utils', brew: 'pulseaudio' },
  'pw-record': { apt: 'pipewire-bin' },
  'pw-dump': { apt: 'pipewire-bin' },
  arecord: { apt: 'alsa-utils' },
  sox: { apt: 'sox', brew: 'sox', winget: 'ChrisBagwell.SoX' },
  rec: { apt: 'sox', brew: 'sox', winget: 'ChrisBagwell.SoX' },
};

/** The command that installs `program`: `apt-get install ffmpeg`. */
export function installCommand(program: string, platform: NodeJS.Platform): string {
  const known = PACKAGES[program] ?? { apt: program, brew: program };
  if (platform === 'darwin') return `brew install ${known.brew ?? program}`;
  if (platform === 'win32') return `winget install ${known.winget ?? program}`;
  return `apt-get install ${known.apt}`;
}

/** MEET_PROGRAM_MISSING with the command that mends it. */
export function missingProgram(
  program: string,
  platform: NodeJS.Platform = process.platform,
  cause?: unknown,
): MeetError {
  return new MeetError(
    'MEET_PROGRAM_MISSING',
    `the program "${program}" was not found; install it: ${installCommand(program, platform)}`,
    cause === undefined ? {} : { cause },
  );
}
