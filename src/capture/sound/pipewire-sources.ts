/**
 * The sources of a PipeWire server, as pw-dump lists them. Owns reading that list and its names, which
 * are those that PipeWire shows to programs of PulseAudio; records nothing.
 */
import { z } from 'zod';

import { MeetError } from '../../transport/errors.js';
import { missingProgram } from '../missing-program.js';
import type { CaptureContext, Device } from '../source.js';
import { programOutput } from '../program-output.js';
import { soundEnvironment } from './sound-environment.js';

export interface PipewireSource {
  /** For a sink's monitor the sink's, with `.monitor` behind it. */
  readonly name: string;
  readonly label: string;
  readonly channels: number;
  /** The node to record from. */
  readonly node: string;
  /** What a sink plays, instead of a microphone. */
  readonly isMonitor: boolean;
}

const NODE = z.object({
  type: z.literal('PipeWire:Interface:Node'),
  info: z.object({
    props: z.object({
      'media.class': z.string(),
      'node.name': z.string(),
      'node.description': z.string().optional(),
      'audio.channels': z.int().optional(),
      'audio.position': z.string().optional(),
    }),
  }),
});

/** Microphones, then monitors. Throws MEET_PROGRAM_MISSING, MEET_DEVICE_NONE when no server answers. */
export async function pipewireSources(context: CaptureContext): Promise<readonly PipewireSource[]> {
  const program = context.findProgram('pw-dump');
  if (program === undefined) throw missingProgram('pw-dump', context.platform);
  const env = soundEnvironment(context.env, context.platform);
  const dump = await programOutput(program, [], env);
  if (!dump.ok) throw noPipewire(dump.stderr.trim().split('\n').at(-1) ?? '');
  return sourcesIn(dump.stdout).sort((a, b) => Number(a.isMonitor) - Number(b.isMonitor));
}

/** The same as devices; empty when no server answers. */
export async function pipewireDevices(context: CaptureContext): Promise<readonly Device[]> {
  try {
    return (await pipewireSources(context)).map(({ name, label }) => ({ name, label }));
  } catch {
    return [];
  }
}

/** MEET_DEVICE_NONE: no PipeWire. `words` is what the program said. */
export function noPipewire(words: string): MeetError {
  return new MeetError(
    'MEET_DEVICE_NONE',
    `no PipeWire answers (${words === '' ? 'no answer' : words}); start it: systemctl --user start pipewire wireplumber`,
  );
}

function sourcesIn(text: string): PipewireSource[] {
  return jsonList(text).flatMap((entry) => {
    const { success, data } = NODE.safeParse(entry);
    if (!success) return [];
    const { props } = data.info;
    const node = props['node.name'];
    const isMonitor = /^Audio\/Sink/.test(props['media.class']);
    if (!isMonitor && !/^Audio\/(Source|Duplex)/.test(props['media.class'])) return [];
    const positions = props['audio.position']?.match(/\w+/g)?.length;
    return [
      {
        name: isMonitor ? `${node}.monitor` : node,
        label: `${isMonitor ? 'Monitor of ' : ''}${props['node.description'] ?? node}`,
        channels: props['audio.channels'] ?? positions ?? 1,
        node,
        isMonitor,
      },
    ];
  });
}

function jsonList(text: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}
