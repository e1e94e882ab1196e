/**
 * The environment that programs for sound are run in. Owns two decisions: that they speak English
 * and write numbers with a point, since we read both; and that none of them starts a sound server.
 *
 * libpulse starts a daemon of its own (`autospawn` in pulse-client.conf(5)) when it finds none, but
 * for root, and not where PULSE_SERVER is set. So PULSE_SERVER is always set: to the user's value, or
 * to the sockets where libpulse would look. Only a `default-server` in a client.conf is left alone.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** PulseAudio's latency for programs that can't be told it by an option (sox, ALSA's plugin). */
const PULSE_LATENCY_MS = 20;

/** What a program for sound is given; `env` is the user's. */
export function soundEnvironment(env: Environment, platform: NodeJS.Platform): Environment {
  const { LC_ALL: localeOfAll, ...rest } = env;
  const english = {
    ...rest,
    LANG: localeOfAll ?? env.LANG,
    LANGUAGE: undefined,
    LC_MESSAGES: 'C',
    LC_NUMERIC: 'C',
  };
  if (platform !== 'linux') return english;
  return {
    ...english,
    PULSE_SERVER: pulseServer(env),
    PULSE_LATENCY_MSEC: env.PULSE_LATENCY_MSEC ?? String(PULSE_LATENCY_MS),
  };
}

/** Where the sound server is, in PULSE_SERVER's form; undefined where a client.conf says it. */
export function pulseServer(env: Environment): string | undefined {
  if (env.PULSE_SERVER !== undefined && env.PULSE_SERVER !== '') return env.PULSE_SERVER;
  if (clientConfigs(env).some(namesServer)) return undefined;
  return runtimeFolders(env)
    .map((folder) => `unix:${join(folder, 'native')}`)
    .join(' ');
}

/** libpulse's order: the user's daemon, then the machine's (pulsecore/core-util.c). */
function runtimeFolders(env: Environment): readonly string[] {
  const system = ['/run/pulse', '/var/run/pulse'];
  if (env.PULSE_RUNTIME_PATH !== undefined) return [env.PULSE_RUNTIME_PATH, ...system];
  if (env.XDG_RUNTIME_DIR !== undefined) return [join(env.XDG_RUNTIME_DIR, 'pulse'), ...system];
  return [...homeRuntimeFolders(env), ...system];
}

/** Without XDG_RUNTIME_DIR: ~/.config/pulse/<machine id>-runtime, a link into /tmp. */
function homeRuntimeFolders(env: Environment): readonly string[] {
  if (env.HOME === undefined) return [];
  const folder = join(env.HOME, '.config', 'pulse');
  try {
    return readdirSync(folder)
      .filter((name) => /^[0-9a-f]{32}-runtime$/.test(name))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function clientConfigs(env: Environment): readonly string[] {
  if (env.PULSE_CLIENTCONFIG !== undefined) return [env.PULSE_CLIENTCONFIG];
  const home = env.XDG_CONFIG_HOME ?? (env.HOME === undefined ? '' : join(env.HOME, '.config'));
  return [join(home, 'pulse', 'client.conf'), '/etc/pulse/client.conf'];
}

function namesServer(path: string): boolean {
  try {
    return /^\s*default-server\s*=\s*\S/m.test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}
