/**
 * A daemon, its sharers and the commands of its host, as real programs with control sockets in a folder
 * of the test's own. Owns how they are started; decides nothing about what they do.
 */
import { expect } from 'vitest';
import { z } from 'zod';
import type { MeetEnd, MeetProgram } from '../setup/meet-program.js';
import { portsText, quietEnv, runMeet, startMeet } from '../setup/meet-program.js';
import type { StreamStatus } from './daemon-status.js';
import { streamStatus } from './daemon-status.js';
import type { Scratch } from './recorded.js';
import { scratch } from './recorded.js';

type Ports = Readonly<{ screen: number; video: number; audio: number }>;

/** A stream of which no frame comes for so long is still: a test source gives one each 33 ms or so. */
const STILL_MS = 500;

/** What a command of `meet ctl --json` answers. */
export const CTL_ANSWER = z.looseObject({ ok: z.boolean(), changed: z.boolean() });

export class Meeting implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #programs: MeetProgram[] = [];

  static async open(): Promise<Meeting> {
    return new Meeting(await scratch());
  }

  private constructor(folder: Scratch) {
    this.#scratch = folder;
  }

  get cwd(): string {
    return this.#scratch.path;
  }

  /** Control sockets are in this folder, beside what the programs write. */
  get env(): Record<string, string | undefined> {
    return quietEnv({ XDG_RUNTIME_DIR: this.cwd });
  }

  /** Starts a program that ends with the test. */
  start(args: readonly string[]): MeetProgram {
    const program = startMeet(args, { cwd: this.cwd, env: this.env });
    this.#programs.push(program);
    return program;
  }

  /** A daemon that records nothing; resolves when it listens. */
  async serve(ports = '0,0,0'): Promise<{ serve: MeetProgram; ports: Ports }> {
    const serve = this.start(['serve', '--json', '--no-record', '--ports', ports]);
    return { serve, ports: (await serve.event('ready')).ports };
  }

  /** Shares the test screen, where nothing else is said; resolves when it is ready. */
  async share(ports: Ports, name: string, kinds: readonly string[] = ['screen']) {
    const sources = kinds.flatMap((kind) => [`--${kind}`, 'test']);
    const where = ['--ports', portsText(ports), '--name', name];
    const share = this.start(['share', '--json', ...where, ...sources]);
    await share.event('ready');
    return share;
  }

  run(...args: string[]): Promise<MeetEnd> {
    return runMeet(args, { cwd: this.cwd, env: this.env });
  }

  /** `meet ctl`: its exit code, and whether something changed. Throws when it did not answer. */
  async ctl(...args: string[]): Promise<z.infer<typeof CTL_ANSWER>> {
    const { exitCode, stdout, stderr } = await this.run('ctl', '--json', ...args);
    if (exitCode !== 0) throw new Error(`meet ctl ${args.join(' ')}: ${exitCode}, ${stderr}`);
    return CTL_ANSWER.parse(JSON.parse(stdout));
  }

  /** A stream as the daemon shows it, with the frames that have come. */
  stream(name: string, kind = 'screen'): Promise<StreamStatus> {
    return streamStatus(this.env, name, kind);
  }

  /** Resolves with the number of frames of a screen so far when no more come. */
  async still(name: string): Promise<number> {
    let frames = -1;
    const came = async (): Promise<number> => {
      const before = frames;
      ({ frames } = await this.stream(name));
      return frames - before;
    };
    await expect.poll(came, { timeout: 20_000, interval: STILL_MS }).toBe(0);
    return frames;
  }

  /** Resolves when frames of a screen come. */
  async flowing(name: string): Promise<void> {
    const { frames } = await this.stream(name);
    await expect
      .poll(async () => (await this.stream(name)).frames, { timeout: 20_000 })
      .toBeGreaterThan(frames);
  }

  /** Ends what still runs, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#programs.map((program) => program[Symbol.asyncDispose]()));
    await this.#scratch[Symbol.asyncDispose]();
  }
}
