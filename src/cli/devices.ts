/**
 * From a kind and the user's options to a device that opens. Owns which backends each kind has and
 * the wishes that they get; loads a kind's backends when they are first needed.
 */
import { FILE_BACKEND, chooseBackends, openSource } from '../capture/backend-choice.js';
import type { Backend, CaptureContext, Source, SourceSink, Wish } from '../capture/source.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { ShareOptions } from './share-options.js';

/** Opens the device of one stream; resolves when its first frame has come. */
export type DeviceOpener = (sink: SourceSink, signal: AbortSignal) => Promise<Source>;

export type WishOptions = Pick<ShareOptions, 'fps' | 'videoFps' | 'size' | 'quality'> &
  Pick<ShareOptions, 'screenBackend' | 'videoBackend' | 'audioBackend'>;

/** Largest pictures sent where `--size` says nothing. */
const DEFAULT_SIZE = {
  screen: { width: 1920, height: 1080 },
  video: { width: 1280, height: 720 },
} as const;

/** All backends of a kind, in the order of `auto`; `test` and `file` last. */
export async function backendsOf(kind: StreamKind): Promise<readonly Backend[]> {
  return (await captureBackends(kind)).map((backend) =>
    backend.name === FILE_BACKEND ? withRecordings(backend) : backend,
  );
}

/** What reads recordings is loaded when a file is opened, which few shares do. */
function withRecordings(files: Backend): Backend {
  return {
    ...files,
    open: async (request) => {
      const { recordedFiles } = await import('./rec/recorded-source.js');
      return recordedFiles(files).open(request);
    },
  };
}

async function captureBackends(kind: StreamKind): Promise<readonly Backend[]> {
  switch (kind) {
    case 'screen':
      return (await import('../capture/screen/screen-backends.js')).screenBackends;
    case 'video':
      return (await import('../capture/camera/camera-backends.js')).cameraBackends;
    case 'audio': {
      const sound = await import('../capture/sound/sound-backends.js');
      return [...sound.soundBackends, sound.testToneBackend, sound.fileSoundBackend];
    }
  }
}

/**
 * Rejects with MEET_USAGE for a backend that there is not, so that a misspelt option is told before
 * anything is opened.
 */
export async function checkBackend(
  kind: StreamKind,
  source: string | undefined,
  options: WishOptions,
): Promise<void> {
  const backend = options[`${kind}Backend`];
  if (backend === 'auto') return;
  chooseBackends({ kind, source, backend, backends: await backendsOf(kind) });
}

export interface OpenerRequest {
  readonly context: CaptureContext;
  readonly kind: StreamKind;
  /** undefined: the best there is. */
  readonly source: string | undefined;
  readonly options: WishOptions;
}

export function deviceOpener({ context, kind, source, options }: OpenerRequest): DeviceOpener {
  return async (sink, signal) =>
    openSource({
      kind,
      source,
      backend: options[`${kind}Backend`],
      backends: await backendsOf(kind),
      context,
      wish: wishOf(kind, options),
      sink,
      signal,
    });
}

function wishOf(kind: StreamKind, { fps, videoFps, size, quality }: WishOptions): Wish {
  if (kind === 'audio') return { kind };
  const { width, height } = size ?? DEFAULT_SIZE[kind];
  return {
    kind,
    maxWidth: width,
    maxHeight: height,
    fps: kind === 'screen' ? fps : videoFps,
    quality,
  };
}
