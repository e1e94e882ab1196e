/**
 * A small text with what it says, which its host or another daemon of this user may change, too. Owns
 * what was read last, and that nobody's change is lost: a text that can't be read changes nothing, and
 * nothing is written over it.
 */
import type { MeetError } from '../../transport/errors.js';
import { asMeetError } from '../../transport/errors.js';
import type { TextFile } from './text-file.js';

export interface FollowedTextOptions<Content> {
  readonly file: TextFile;
  /** Throws a MeetError for a text that says nothing sensible. */
  readonly parse: (text: string, name: string) => Content;
  readonly format: (content: Content) => string;
  /** A changed text can't be read: told once for each change. */
  readonly onFault: (fault: MeetError) => void;
}

export class FollowedText<Content> {
  readonly #options: FollowedTextOptions<Content>;
  #stamp: string | undefined;
  #text: string;
  #content: Content;
  #fault: MeetError | undefined;
  #isAlone = false;

  /** Reads it. Throws what `read` and `parse` throw. */
  constructor(options: FollowedTextOptions<Content>) {
    this.#options = options;
    const { file, parse } = options;
    this.#stamp = file.stamp();
    this.#text = file.read() ?? '';
    this.#content = parse(this.#text, file.name);
  }

  /** As the text says now, or as it said when it could be read last. */
  get content(): Content {
    this.#follow();
    return this.#content;
  }

  /**
   * Runs `work`, which decides by `content` what it replaces it with, while no other daemon changes the
   * text. May be nested. Throws MEET_IDENTITY, and what `work` throws.
   */
  alone<T>(work: () => T): T {
    if (this.#isAlone) return work();
    return this.#options.file.alone(() => {
      this.#isAlone = true;
      try {
        return work();
      } finally {
        this.#isAlone = false;
      }
    });
  }

  /** Call it inside of `alone`. Throws why the text could not be read, or can't be written: it is as it was then. */
  replace(content: Content): void {
    this.#follow();
    if (this.#fault !== undefined) throw this.#fault;
    const { file, format } = this.#options;
    const text = format(content);
    file.write(text);
    this.#text = text;
    this.#content = content;
    this.#stamp = file.stamp();
  }

  #follow(): void {
    const { file, parse, onFault } = this.#options;
    try {
      const stamp = file.stamp();
      if (stamp === this.#stamp) return;
      this.#stamp = stamp;
      const text = file.read() ?? '';
      if (text !== this.#text) this.#content = parse(text, file.name);
      this.#text = text;
      this.#fault = undefined;
    } catch (thrown) {
      this.#fault = asMeetError(thrown);
      onFault(this.#fault);
    }
  }
}
