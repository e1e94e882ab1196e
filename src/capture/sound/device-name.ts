/**
 * Which names of microphones are let through to programs. Owns the allow-lists and the words of
 * their refusal; looks for no device.
 *
 * Names are arguments of programs, never of a shell. The lists keep out what looks like an option
 * (a leading `-`) and what sound libraries would take as more than a name: ALSA's `file` and `tee`
 * plugins write files and run commands (`file:'|command'`).
 */
import { MeetError } from '../../transport/errors.js';

/**
 * PulseAudio allows ASCII letters, digits, `.`, `-`, `_` and 128 characters (pulsecore/namereg.c);
 * PipeWire's names also hold `:`, `+` and `,`, and may be longer.
 */
const PULSE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.:+,-]{0,254}$/;
/** ALSA plugins that lead to hardware, with a card and device; any plugin's bare name. */
const ALSA_HARDWARE = /^(?:hw|plughw|sysdefault|default|front|dsnoop):[A-Za-z0-9_=,.-]{1,120}$/;
const ALSA_BARE = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/;
/** AVFoundation and DirectShow show names made for people; `:` and `"` separate their parts. */
const SPOKEN_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ()[\]_.,'’&+#/@-]{0,199}$/u;

/** Whether a name is ALSA's way of naming hardware: `hw:1`, `plughw:CARD=PCH,DEV=0`. */
export function isAlsaHardware(name: string): boolean {
  return ALSA_HARDWARE.test(name);
}

/** The name of a PulseAudio or PipeWire source. Throws MEET_DEVICE_NAME. */
export function pulseName(name: string): string {
  if (isAlsaHardware(name)) {
    throw refused(
      name,
      'a PulseAudio source, and this is a name of ALSA (pactl list short sources)',
    );
  }
  if (!PULSE_NAME.test(name)) {
    throw refused(name, 'a PulseAudio source such as "mic.monitor" (pactl list short sources)');
  }
  return name;
}

/** The name of an ALSA PCM. Throws MEET_DEVICE_NAME. */
export function alsaName(name: string): string {
  if (isAlsaHardware(name) || ALSA_BARE.test(name)) return name;
  throw refused(name, 'an ALSA device such as "hw:1", "plughw:1,0" or "default" (arecord -l)');
}

/** The name of a microphone of macOS or Windows. Throws MEET_DEVICE_NAME. */
export function spokenName(name: string): string {
  if (SPOKEN_NAME.test(name)) return name;
  throw refused(name, 'a microphone as "meet devices" names it');
}

function refused(name: string, expected: string): MeetError {
  return new MeetError(
    'MEET_DEVICE_NAME',
    `the microphone ${JSON.stringify(name.slice(0, 80))} is not valid; expected ${expected}`,
  );
}
