/**
 * `meet share`: captures and pushes until it is to end. Owns what its user sees and when it ends.
 */
import { ControlServer } from '../transport/control-socket.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import { limitsWith } from '../transport/limits.js';
import { STREAM_KINDS } from '../transport/stream-kind.js';
import type { StreamKind } from '../transport/stream-kind.js';
import type { ClientSecurity } from '../transport/client-security.js';
import { captureContext } from './capture-context.js';
import { clientSecurity } from './client-trust.js';
import type { DeviceOpener } from './devices.js';
import type { WishOptions } from './devices.js';
import { checkBackend, deviceOpener } from './devices.js';
import type { MeetEvent } from './event-schema.js';
import type { EventWriter } from './event-writer.js';
import { jsonEvents, shareLines } from './event-writer.js';
import type { ExitCode } from './exit-codes.js';
import { resolveInvited } from './invite-source.js';
import type { EndingSignal, Io } from './io.js';
import { waitingTimes } from './waiting-times.js';
import { SHARE_OPTIONS } from './share-options.js';
import type { ShareOptions } from './share-options.js';
import { ownShare } from './own-share.js';
import { onShareControl } from './share-control.js';
import { ShareRun } from './share-run.js';
import { exitFor, toldFailure, untilEnd } from './until-end.js';

/** Shares until `--duration`, a signal, or a failure. Resolves with the exit code. */
export async function shareCommand(io: Io, flags: Record<string, unknown>): Promise<ExitCode> {
  const { options, invite } = await resolveInvited(io, SHARE_OPTIONS, flags);
  const devices = await openers(io, options);
  const lines = options.json
    ? jsonEvents(io.stdout, io.clock)
    : shareLines(io.stdout, io.stderr, options.host);
  const panel = new Panel(io, options);
  const emit: EventWriter = (event) => {
    if (!panel.tells(event)) lines(event);
  };
  return toldFailure(emit, async () => {
    const security = await clientSecurity(io, options, invite, (line) =>
      io.stderr.write(`${line}\n`),
    );
    return share(io, options, security, devices, emit, panel);
  });
}

async function share(
  io: Io,
  options: ShareOptions,
  security: ClientSecurity,
  devices: ReadonlyMap<StreamKind, DeviceOpener>,
  emit: EventWriter,
  panel: Panel,
): Promise<ExitCode> {
  const run = new ShareRun(
    io,
    { ...options, ...waitingTimes(options.wait), security, devices },
    emit,
  );
  const stopStats = emitStats(io, options, run, emit);
  const control = await listenForCommands(io, run);
  try {
    const ended = await untilShareEnds(io, options, run, panel);
    const streams = run.rows();
    await run.close(ended === undefined ? 'its time is up' : 'ended by its user');
    const exitCode = exitFor(ended);
    emit({
      event: 'end',
      exitCode,
      reason: ended?.signal ?? 'duration',
      streams: run.recounted(streams),
    });
    return exitCode;
  } finally {
    stopStats();
    await control?.close();
    await run.close('it failed');
  }
}

/** Without a control socket the share works all the same; only `meet ctl` can't reach it. */
export async function listenForCommands(io: Io, run: ShareRun): Promise<ControlServer | undefined> {
  try {
    return await ControlServer.open(`share-${process.pid}`, io.env, io.platform, {
      limits: limitsWith(),
      clock: io.clock,
      handlers: {
        onControl: (connection, record) => {
          onShareControl(run, connection, record);
        },
      },
    });
  } catch (thrown) {
    io.stderr.write(`meet ctl can't reach this share: ${asMeetError(thrown).message}\n`);
    return undefined;
  }
}

/** Whatever comes first: a signal, the end of `--duration`, or a failure (which rejects). */
async function untilShareEnds(
  io: Io,
  options: ShareOptions,
  run: ShareRun,
  panel: Panel,
): Promise<EndingSignal | undefined> {
  const work = run.start().then(async () => {
    run.tellReady();
    await Promise.race([run.finished(), panel.untilQuit(run)]);
    return undefined;
  });
  const timed = run.sharing.then(() => untilEnd(io, options.duration));
  return Promise.race([work, untilEnd(io, undefined), timed]);
}

/** The panel with keys, where a person sits in front of the share. */
class Panel {
  #isShown = false;
  readonly #io: Io;
  readonly #host: string;
  readonly #wanted: boolean;

  constructor(io: Io, { tui, json, stats, host }: ShareOptions) {
    this.#io = io;
    this.#host = host;
    // A dumb terminal cannot go back to a line that it has shown.
    const terminal = io.stdout.isTTY === true && io.stdin.isTTY && io.env['TERM'] !== 'dumb';
    this.#wanted = terminal && !json && (tui ?? stats === undefined);
  }

  /** While it is drawn it tells what there is to tell; its title is that of `ready`. */
  tells({ event }: MeetEvent): boolean {
    return this.#isShown || (this.#wanted && event === 'ready');
  }

  /** Resolves when its user quits; never, where there is no panel or a signal comes first. */
  async untilQuit(run: ShareRun): Promise<void> {
    if (this.#wanted) {
      const { runSharePanel } = await import('../tui/share-panel.js');
      const { stdin, stdout, env, clock, ending } = this.#io;
      const share = ownShare(run, this.#host);
      this.#isShown = true;
      const end = await runSharePanel({ share, stdin, stdout, env, clock, signal: ending });
      this.#isShown = false;
      if (end === 'quit') return;
    }
    await new Promise(() => undefined);
  }
}

function emitStats(io: Io, options: ShareOptions, run: ShareRun, emit: EventWriter): () => void {
  if (options.stats === undefined) return () => undefined;
  return io.clock.every(options.stats * 1000, () => {
    emit({ event: 'stats', streams: run.rows() });
  });
}

/** How to open each kind that was asked for. Rejects with MEET_USAGE when none was. */
export async function openers(
  io: Io,
  options: Pick<ShareOptions, StreamKind> & WishOptions,
): Promise<ReadonlyMap<StreamKind, DeviceOpener>> {
  const context = captureContext(io);
  const map = new Map<StreamKind, DeviceOpener>();
  for (const kind of STREAM_KINDS) {
    const given = options[kind];
    if (given === false) continue;
    const source = given === true ? undefined : given;
    await checkBackend(kind, source, options);
    map.set(kind, deviceOpener({ context, kind, source, options }));
  }
  if (map.size > 0) return map;
  throw new MeetError(
    'MEET_USAGE',
    'nothing to share; say what: --screen, --video, --audio (each may name its SOURCE)',
  );
}
