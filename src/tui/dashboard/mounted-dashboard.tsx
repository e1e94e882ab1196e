/**
 * The dashboard on a screen that is already open: state, keys and Ink together. Owns Ink's instance
 * and the dashboard's; opens and closes no terminal.
 */
import type { Instance } from 'ink';
import { render } from 'ink';

import type { KeyStream } from '../terminal/filtered-input.js';
import { inkStreams } from '../terminal/ink-streams.js';
import type { DashboardOptions } from './dashboard.js';
import { Dashboard } from './dashboard.js';
import { DashboardView } from './dashboard-view.js';
import { FrameOutput } from './frame-output.js';
import { KeyCommands } from './key-commands.js';
import { painterFor } from './paint.js';

export interface MountOptions extends DashboardOptions {
  /** Keys without the terminal's answers. */
  readonly input: KeyStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Its user has confirmed that it is to end. */
  readonly onQuit: () => void;
}

export class MountedDashboard {
  readonly #dashboard: Dashboard;
  readonly #output: FrameOutput;
  readonly #ink: Instance;
  readonly #stopResize: () => void;

  constructor(options: MountOptions) {
    const { screen, meeting, env } = options;
    this.#dashboard = new Dashboard(options);
    this.#output = new FrameOutput(screen.columns, screen.rows, (frame) => {
      screen.showFrame(frame);
    });
    // Before the dashboard hears of it, so that Ink lays out for the new size.
    this.#stopResize = screen.onResize((columns, rows) => {
      this.#output.setSize(columns, rows);
    });
    const commands = new KeyCommands(this.#dashboard, meeting, options.onQuit);
    this.#ink = render(
      <DashboardView store={this.#dashboard.store} commands={commands} painter={painterFor(env)} />,
      {
        ...inkStreams(this.#output, options.input),
        debug: true,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
    // Who listens now draws the first tiles, before their pictures are asked for.
    this.#dashboard.start();
  }

  /** Resolves after `close()`; rejects when a panel failed to draw. */
  get finished(): Promise<unknown> {
    return this.#ink.waitUntilExit();
  }

  /** Frames that the panels gave so far: none of them because of a picture. */
  get commits(): number {
    return this.#output.commits;
  }

  /** Idempotent: no timer, no listener, no frame after it. */
  close(): void {
    this.#output.end();
    this.#stopResize();
    this.#dashboard.close();
    this.#ink.unmount();
    this.#ink.cleanup();
  }
}
