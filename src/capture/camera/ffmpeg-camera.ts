/**
 * The camera through an ffmpeg that keeps running: v4l2, avfoundation, dshow. Owns ffmpeg's input
 * arguments for each platform and the lists of devices; a camera's own JPEGs are passed on untouched.
 */
import { MeetError } from '../../transport/errors.js';
import { startProgram } from '../child-program.js';
import { missingProgram } from '../missing-program.js';
import { closedWhileOpening, notPictures } from '../pictures/device-faults.js';
import { COPY_ARGS, QUIET_ARGS, encodeArgs } from '../pictures/ffmpeg-args.js';
import { openFfmpegPictures } from '../pictures/ffmpeg-pictures.js';
import type {
  Backend,
  CaptureContext,
  Device,
  OpenRequest,
  PictureWish,
  Source,
} from '../source.js';
import type { V4l2Choice } from './v4l2-formats.js';
import { chooseV4l2Format, parseV4l2Formats } from './v4l2-formats.js';
import {
  cameraFault,
  chooseVideoNode,
  listVideoNodes,
  requireCameraName,
  requireVideoNode,
} from './video-device.js';

/** How long ffmpeg may take to list what there is; a camera that hangs must not hang us. */
const LIST_MS = 5000;

interface CameraInput {
  readonly device: string;
  readonly format: 'v4l2' | 'avfoundation' | 'dshow';
  readonly args: readonly string[];
  readonly copy: boolean;
}

export const ffmpegCamera: Backend = {
  name: 'ffmpeg',
  kind: 'video',
  unavailable: (context) =>
    Promise.resolve(
      context.findProgram('ffmpeg') === undefined
        ? missingProgram('ffmpeg', context.platform)
        : undefined,
    ),
  devices: listCameras,
  open,
};

async function open(request: OpenRequest): Promise<Source> {
  const { wish, context } = request;
  if (wish.kind !== 'video') throw notPictures('ffmpeg', wish.kind);
  if (request.device !== undefined) requireCameraName(request.device, context.platform);
  const input = await chooseInput(request, wish);
  return await openFfmpegPictures({
    request,
    wish,
    backend: `ffmpeg-${input.format}`,
    device: input.device,
    args: [...QUIET_ARGS, ...input.args, ...(input.copy ? COPY_ARGS : encodeArgs(wish))],
    limitRate: true, // a camera has few rates and may choose one that is higher
    fault: (words, opened) => cameraFault(input.device, words, opened),
  });
}

async function chooseInput(request: OpenRequest, wish: PictureWish): Promise<CameraInput> {
  const { context } = request;
  if (context.platform === 'darwin' || context.platform === 'win32') {
    return namedInput(await chooseNamed(request), context.platform);
  }
  const device = await chooseVideoNode(request.device);
  await requireVideoNode(device);
  const listed = await runToEnd(request, ['-f', 'v4l2', '-list_formats', 'all', '-i', device]);
  return v4l2Input(device, wish, chooseV4l2Format(parseV4l2Formats(listed), wish));
}

/** Arguments for a V4L2 node; without a choice the camera's own default is decoded and scaled. */
export function v4l2Input(
  device: string,
  wish: PictureWish,
  choice: V4l2Choice | undefined,
): CameraInput {
  const format =
    choice === undefined
      ? []
      : [
          ...['-input_format', choice.name],
          ...['-video_size', `${choice.size.width}x${choice.size.height}`],
        ];
  return {
    device,
    format: 'v4l2',
    args: ['-f', 'v4l2', ...format, '-framerate', String(wish.fps), '-i', device],
    copy: choice?.copy ?? false,
  };
}

function namedInput(device: string, platform: 'darwin' | 'win32'): CameraInput {
  return platform === 'darwin'
    ? {
        device,
        format: 'avfoundation',
        args: ['-f', 'avfoundation', '-framerate', '30', '-i', `${device}:none`],
        copy: false,
      }
    : { device, format: 'dshow', args: ['-f', 'dshow', '-i', `video=${device}`], copy: false };
}

async function chooseNamed(request: OpenRequest): Promise<string> {
  if (request.device !== undefined) return request.device;
  const [first] = await listCameras(request.context);
  if (first !== undefined) return first.name;
  throw new MeetError(
    'MEET_DEVICE_NONE',
    'no camera was found; plug one in, or use --video test, --video file:PATH',
  );
}

async function listCameras(context: CaptureContext): Promise<readonly Device[]> {
  if (context.platform !== 'darwin' && context.platform !== 'win32') return await listVideoNodes();
  const format = context.platform === 'darwin' ? 'avfoundation' : 'dshow';
  const none = context.platform === 'darwin' ? '' : 'dummy';
  const signal = new AbortController().signal;
  const args = ['-f', format, '-list_devices', 'true', '-i', none];
  const printed = await runToEnd({ context, signal }, args).catch(() => '');
  return context.platform === 'darwin' ? parseMacList(printed) : parseWindowsList(printed);
}

/** `[AVFoundation …] [0] FaceTime HD Camera`, between the headings of video and audio devices. */
export function parseMacList(printed: string): readonly Device[] {
  const [, video = ''] = printed.split('AVFoundation video devices:');
  const [list = ''] = video.split('AVFoundation audio devices:');
  return Array.from(list.matchAll(/\] \[\d+\] (.+)$/gm), ([, name = '']) => name.trim())
    .filter((name) => !name.startsWith('Capture screen'))
    .map((name) => ({ name, label: name }));
}

/** `[dshow …] "Integrated Camera" (video)`; older ffmpegs head the list instead. */
export function parseWindowsList(printed: string): readonly Device[] {
  return Array.from(printed.matchAll(/"([^"@][^"]*)" \(video\)/g), ([, name = '']) => ({
    name,
    label: name,
  }));
}

/** Runs ffmpeg for what it prints on standard error. It ends with an error then; that is its way. */
async function runToEnd(
  { context, signal }: Pick<OpenRequest, 'context' | 'signal'>,
  args: readonly string[],
): Promise<string> {
  const ffmpeg = context.findProgram('ffmpeg');
  if (ffmpeg === undefined) throw missingProgram('ffmpeg', context.platform);
  const all = ['-hide_banner', '-nostdin', '-loglevel', 'info', ...args];
  const program = await startProgram({ program: ffmpeg, args: all, env: context.env, signal });
  program.stdout.resume();
  const cancel = context.clock.after(LIST_MS, () => void program.close());
  await program.ended;
  cancel();
  if (signal.aborted) throw closedWhileOpening('camera');
  return program.stderrTail();
}
