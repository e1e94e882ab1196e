/**
 * The environment of programs that play sound. Owns two decisions: that they speak English and write
 * numbers with a point, since we read both; and that none of them starts a sound server.
 *
 * libpulse starts a daemon when it finds none (`autospawn` in pulse-client.conf(5)), but not where
 * PULSE_SERVER is set. So it is set, to the sockets where libpulse would look; unless the user has set
 * it, or a client.conf names a server.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a program that plays is given; `env` is the user's. `pulseLatencyMs`: for programs that can't
 * be told PulseAudio's latency by an option (ALSA's plugin).
 */
export function playingEnvironment(
  env: Environment,
  platform: NodeJS.Platform,
  pulseLatencyMs: number,
): Environment {
  const english = { ...env, LC_ALL: 'C', LANGUAGE: undefined };
  if (platform !== 'linux') return english;
  const latency = env.PULSE_LATENCY_MSEC ?? String(pulseLatencyMs);
  return { ...english, PULSE_LATENCY_MSEC: latency, PULSE_SERVER: pulseServer(env) };
}

function pulseServer(env: Environment): string | undefined {
  if (env.PULSE_SERVER !== undefined && env.PULSE_SERVER !== '') return env.PULSE_SERVER;
  const runtime =
    env.PULSE_RUNTIME_PATH ??
    (env.XDG_RUNTIME_DIR === undefined ? undefined : join(env.XDG_RUNTIME_DIR, 'pulse'));
  // Without either, libpulse finds its folder by a link in the home folder: it shall do so.
  if (runtime === undefined || clientConfigs(env).some(namesServer)) return undefined;
  return [runtime, '/run/pulse'].map((folder) => `unix:${join(folder, 'native')}`).join(' ');
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
