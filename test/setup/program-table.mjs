// @ts-check
/**
 * The programs that the real-device tests run: what each is called, which packages hold it and how
 * to tell that it is here. Owns the table and the looking; installs nothing, prints nothing.
 *
 * Plain JavaScript, since `npm test` reads it before anything is built.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} ProgramRow
 * @property {readonly string[]} programs What must be on PATH.
 * @property {readonly string[]} apt Packages of Debian and Ubuntu.
 * @property {readonly string[]} dnf Packages of Fedora; empty where there are none.
 * @property {readonly string[]} brew Packages of Homebrew; empty where there are none.
 * @property {(() => boolean)=} works A closer look, where being on PATH is not enough.
 */

/** @typedef {Readonly<Record<string, string | undefined>>} Environment */

/** A probe that takes longer than this hangs; numpy's first import on a loaded machine takes 5 s. */
const PROBE_TIMEOUT_MS = 30_000;

export const PROGRAM_TABLE = {
  xvfb: row(['Xvfb'], ['xvfb'], ['xorg-x11-server-Xvfb'], ['xquartz']),
  xterm: row(['xterm'], ['xterm'], ['xterm'], ['xterm']),
  xclock: row(['xclock'], ['x11-apps'], ['xclock'], ['xclock']),
  xrandr: row(['xrandr'], ['x11-xserver-utils'], ['xrandr'], ['xrandr']),
  imagemagick: {
    ...row(['import', 'convert', 'compare'], ['imagemagick'], ['ImageMagick'], ['imagemagick']),
    // A machine may have another `convert` or `import`; ImageMagick's name themselves.
    works: () => ['convert', 'compare'].every((name) => says(name, ['-version'], 'ImageMagick')),
  },
  ffmpeg: row(['ffmpeg', 'ffprobe'], ['ffmpeg'], ['ffmpeg-free'], ['ffmpeg']),
  fswebcam: row(['fswebcam'], ['fswebcam'], ['fswebcam'], ['fswebcam']),
  sox: {
    ...row(['sox'], ['sox', 'libsox-fmt-pulse'], ['sox', 'sox-plugins-freeworld'], ['sox']),
    works: () => says('sox', ['--help'], 'pulseaudio'),
  },
  pulseaudio: row(
    ['pulseaudio', 'pactl', 'pacat', 'parec'],
    ['pulseaudio', 'pulseaudio-utils'],
    ['pulseaudio', 'pulseaudio-utils'],
    ['pulseaudio'],
  ),
  alsa: {
    ...row(
      ['arecord', 'aplay'],
      ['alsa-utils', 'libasound2-plugins'],
      ['alsa-utils', 'alsa-plugins-pulseaudio'],
      [],
    ),
    works: hasAlsaPulsePlugin,
  },
  python3: {
    ...row(['python3'], ['python3-numpy'], ['python3-numpy'], ['numpy']),
    works: () => findPython3() !== undefined,
  },
  man: row(['man'], ['man-db'], ['man-db'], ['man-db']),
  ip: {
    ...row(['ip'], ['iproute2'], ['iproute'], []),
    // Addresses and namespaces are the superuser's.
    works: () => process.platform === 'linux' && process.getuid?.() === 0,
  },
  tmux: row(['tmux'], ['tmux'], ['tmux'], ['tmux']),
  mkvtoolnix: row(['mkvinfo', 'mkvmerge'], ['mkvtoolnix'], ['mkvtoolnix'], ['mkvtoolnix']),
  strace: {
    ...row(['strace'], ['strace'], ['strace'], []),
    // A container may forbid it to look at other processes.
    works: () =>
      spawnSync('strace', ['-qq', '-o', '/dev/null', process.execPath, '--version']).status === 0,
  },
};

/** @typedef {keyof typeof PROGRAM_TABLE} ProgramName */

export const PROGRAM_NAMES = /** @type {readonly ProgramName[]} */ (Object.keys(PROGRAM_TABLE));

/**
 * @param {readonly string[]} programs
 * @param {readonly string[]} apt
 * @param {readonly string[]} dnf
 * @param {readonly string[]} brew
 * @returns {ProgramRow}
 */
function row(programs, apt, dnf, brew) {
  return { programs, apt, dnf, brew };
}

/**
 * Whether a row's programs are on PATH and do what the tests need.
 *
 * @param {ProgramName} name
 */
export function isPresent(name) {
  /** @type {ProgramRow} */
  const { programs, works } = PROGRAM_TABLE[name];
  return programs.every((program) => pathsOf(program).length > 0) && (works?.() ?? true);
}

/** The rows that are not here. */
export function missingPrograms() {
  return PROGRAM_NAMES.filter((name) => !isPresent(name));
}

/**
 * Absolute paths of a program on PATH, in its order.
 *
 * @param {string} program
 * @param {Environment} env
 * @returns {string[]}
 */
export function pathsOf(program, env = process.env) {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, program)).filter(isExecutable);
}

/**
 * Absolute path of a python3 that imports numpy: the first on PATH may be one that does not, and may
 * be a script that only chooses one, so it says itself where it is.
 */
export function findPython3() {
  const paths = new Set([...pathsOf('python3'), '/usr/bin/python3']);
  for (const path of paths) {
    const executable = output(path, ['-c', 'import numpy, sys; print(sys.executable)']).trim();
    if (isExecutable(executable)) return executable;
  }
  return undefined;
}

/**
 * The words that mend missing programs on this platform.
 *
 * @param {readonly ProgramName[]} names
 * @returns {string}
 */
export function mendingWords(names) {
  const manager = packageManager();
  /** @type {(key: 'apt' | 'dnf' | 'brew') => string} */
  const packages = (key) => names.flatMap((name) => PROGRAM_TABLE[name][key]).join(' ');
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  if (manager === 'apt') return `${sudo}apt-get install ${packages('apt')}`;
  if (manager === 'dnf') return `${sudo}dnf install ${packages('dnf')}`;
  if (manager === 'brew') return `brew install ${packages('brew')}`;
  return `install these with the package manager of this machine: ${names.join(', ')}`;
}

/** @returns {'apt' | 'dnf' | 'brew' | undefined} */
export function packageManager() {
  if (process.platform === 'darwin') return 'brew';
  if (process.platform !== 'linux') return undefined;
  if (pathsOf('apt-get').length > 0) return 'apt';
  return pathsOf('dnf').length > 0 ? 'dnf' : undefined;
}

/**
 * Whether a program prints a word, on either stream.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {string} word
 */
function says(program, args, word) {
  return output(program, args).includes(word);
}

/**
 * What a program prints, on either stream; nothing when it cannot be run.
 *
 * @param {string} program
 * @param {readonly string[]} args
 */
function output(program, args) {
  const { stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROBE_TIMEOUT_MS,
  });
  return `${stdout ?? ''}${stderr ?? ''}`;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** ALSA loads its plug-ins from a folder of the C library's architecture; nothing lists them. */
function hasAlsaPulsePlugin() {
  const folders = ['/usr/lib64', '/usr/lib', ...subfolders('/usr/lib')];
  return folders.some((folder) => {
    try {
      return statSync(join(folder, 'alsa-lib', 'libasound_module_pcm_pulse.so')).isFile();
    } catch {
      return false;
    }
  });
}

/** @param {string} folder */
function subfolders(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
