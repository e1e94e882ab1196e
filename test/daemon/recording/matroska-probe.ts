/** What ffmpeg and mkvtoolnix, readers that are not ours, say of a Matroska file. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const OUTPUT_MOST_BYTES = 256 * 1024 ** 2;

/** Names of the tracks, in their order in a file. */
export type TrackName = 'screen' | 'camera' | 'sound' | 'meeting';

const probed = z.object({
  streams: z.array(
    z.object({
      index: z.number(),
      codec_name: z.string(),
      width: z.number().optional(),
      height: z.number().optional(),
      sample_rate: z.string().optional(),
      channels: z.number().optional(),
      tags: z.record(z.string(), z.string()),
    }),
  ),
  format: z.object({ duration: z.string().optional(), tags: z.record(z.string(), z.string()) }),
  packets: z.array(
    z.object({
      stream_index: z.number(),
      pts_time: z.string(),
      size: z.string(),
      data_hash: z.string(),
    }),
  ),
});

export interface Packet {
  readonly atMs: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Probed {
  readonly tracks: ReadonlyMap<string, z.infer<typeof probed>['streams'][number]>;
  readonly tags: Readonly<Record<string, string>>;
  /** Undefined for a file without an end. */
  readonly durationMs: number | undefined;
  packets(track: TrackName): Packet[];
}

/** All packets that ffprobe finds. Rejects when it says anything at all about the file. */
export async function probe(path: string): Promise<Probed> {
  const hash = ['-show_data_hash', 'sha256'];
  const args = ['-v', 'warning', '-show_streams', '-show_format', '-show_packets', ...hash];
  const { stdout, stderr } = await runQuiet('ffprobe', [...args, '-of', 'json', path]);
  if (stderr !== '') throw new Error(`ffprobe ${path}: ${stderr}`);
  const { streams, format, packets } = probed.parse(JSON.parse(stdout));
  const tracks = new Map(streams.map((stream) => [stream.tags['title'] ?? '', stream]));
  return {
    tracks,
    tags: format.tags,
    durationMs: format.duration === undefined ? undefined : Number(format.duration) * 1000,
    packets: (track) => {
      const index = tracks.get(track)?.index;
      return packets
        .filter((packet) => packet.stream_index === index)
        .map(({ pts_time, size, data_hash }) => ({
          atMs: Math.round(Number(pts_time) * 1000),
          bytes: Number(size),
          sha256: data_hash.replace('SHA256:', ''),
        }));
    },
  };
}

const counted = z.object({
  streams: z.array(
    z.object({ nb_read_packets: z.string().optional(), tags: z.record(z.string(), z.string()) }),
  ),
});

/** Packets that ffprobe reads of each track; of a file that is cut it may say that it is. */
export async function countPackets(path: string, isCut: boolean): Promise<Map<string, number>> {
  const entries = ['-count_packets', '-show_entries', 'stream=nb_read_packets:stream_tags'];
  const args = ['-v', isCut ? 'fatal' : 'error', ...entries, '-of', 'json', path];
  const { stdout, stderr } = await runQuiet('ffprobe', args);
  if (stderr !== '') throw new Error(`ffprobe ${path}: ${stderr}`);
  const { streams } = counted.parse(JSON.parse(stdout));
  return new Map(
    streams.map(({ nb_read_packets: count, tags }) => [tags['title'] ?? '', Number(count ?? 0)]),
  );
}

/** Decodes every frame, checksums compared. Rejects when ffmpeg says anything at all. */
export async function decodeAll(path: string): Promise<void> {
  const strict = ['-v', 'warning', '-err_detect', 'crccheck+explode', '-xerror'];
  const wanted = ['-map', '0:v?', '-map', '0:a?', '-fps_mode', 'passthrough'];
  // In the file's own milliseconds: a rate that ffmpeg guesses would be too coarse for its output.
  const output = ['-enc_time_base', '-1', '-f', 'null', '-'];
  const args = ['-nostdin', ...strict, '-i', path, ...wanted, ...output];
  const { stderr } = await runQuiet('ffmpeg', args);
  const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('Guessed Chan'));
  if (said.length > 0) throw new Error(`ffmpeg ${path}: ${said.join('\n')}`);
}

/** The PCM of the sound track, as ffmpeg decodes it. */
export async function decodedSound(path: string): Promise<Buffer> {
  const args = ['-v', 'error', '-nostdin', '-i', path, '-map', '0:a', '-f', 's16le', '-'];
  const { stdout } = await run('ffmpeg', args, {
    encoding: 'buffer',
    maxBuffer: OUTPUT_MOST_BYTES,
  });
  return stdout;
}

/** Rejects when mkvinfo or mkvmerge find a fault in the whole file. */
export async function inspect(path: string): Promise<void> {
  const info = await runQuiet('mkvinfo', ['--all', path]);
  if (/error|unknown element|invalid/i.test(info.stdout + info.stderr)) {
    throw new Error(`mkvinfo ${path}: ${info.stdout}${info.stderr}`);
  }
  // It ends with 1 for a warning, and says it on stdout.
  const copy = `${path}.merged`;
  const merged = await runQuiet('mkvmerge', ['-o', copy, path]).catch(saidByFailure);
  await rm(copy, { force: true });
  if (/warning|error/i.test(merged.stdout + merged.stderr)) {
    throw new Error(`mkvmerge ${path}: ${merged.stdout}${merged.stderr}`);
  }
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** All Matroska files below a root, in order of their paths. */
export async function segmentsIn(root: string): Promise<string[]> {
  const names = await readdir(root, { recursive: true }).catch(() => []);
  return names
    .filter((name) => name.endsWith('.mkv'))
    .sort()
    .map((name) => join(root, name));
}

const failure = z.object({ stdout: z.string(), stderr: z.string() });

function saidByFailure(thrown: unknown): { stdout: string; stderr: string } {
  return failure.parse(thrown);
}

async function runQuiet(
  program: string,
  args: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  return run(program, args, { maxBuffer: OUTPUT_MOST_BYTES });
}
