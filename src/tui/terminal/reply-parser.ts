/**
 * Tells a terminal's answers from keys in what it sends. Owns the state machine, bounded in memory;
 * reads no stream and no clock.
 *
 *   ground ──ESC──> escape ──[──> csi ──final──> ground
 *                     │ P ] _
 *                     └────────> string ──ST, BEL──> ground
 *
 * Sequences: ECMA-48; xterm's ctlseqs for the answers. All bytes that are no answer come out again
 * as keys, unchanged and in order.
 */

export type TerminalReply =
  /** `CSI 0 n`: the terminal has worked through all that was sent before. */
  | { readonly type: 'acknowledged' }
  /** Primary device attributes: `CSI ? 64 ; 4 c`. */
  | { readonly type: 'attributes'; readonly values: readonly number[] }
  /** `CSI ? mode ; state $ y`. */
  | { readonly type: 'mode'; readonly mode: number; readonly state: number }
  /** `CSI 4 ; h ; w t` (window) or `CSI 6 ; h ; w t` (cell), in pixels. */
  | { readonly type: 'pixels'; readonly of: 'window' | 'cell'; width: number; height: number }
  /** DECXCPR: `CSI ? row ; column R`, counted from 1. Without the `?` it would be a key, too: Shift-F3. */
  | { readonly type: 'cursor'; readonly row: number; readonly column: number }
  /** `DCS > | name ST`. */
  | { readonly type: 'version'; readonly name: string }
  /** `DCS 1 + r name = value ST` in hexadecimal, decoded; `valid` is false for `0 + r`. */
  | { readonly type: 'capability'; readonly valid: boolean; readonly text: string }
  /** `APC G keys ; message ST`. */
  | { readonly type: 'kitty'; readonly keys: string; readonly message: string }
  /** `OSC 1337 ; text ST`, as iTerm2 and WezTerm answer. */
  | { readonly type: 'iterm2'; readonly text: string }
  /** SGR mouse: `CSI < button ; column ; row M|m`, counted from 1. */
  | { readonly type: 'mouse'; button: number; column: number; row: number; released: boolean }
  /** An answer that nobody asked for. */
  | { readonly type: 'other' };

export type InputPart =
  | { readonly type: 'keys'; readonly bytes: Buffer }
  | { readonly type: 'reply'; readonly reply: TerminalReply };

/** Longest sequences kept. A kitty error takes some 100 bytes, XTVERSION 64, capabilities 200. */
const CSI_MAX_BYTES = 64;
const STRING_MAX_BYTES = 4096;

const ESC = 0x1b;
const BEL = 0x07;
const CAN = 0x18;
const SUB = 0x1a;

/** What introduces strings: DCS `P`, OSC `]`, APC `_`. PM and SOS are never answers. */
const STRING_STARTS: readonly number[] = [0x50, 0x5d, 0x5f];

type State = 'ground' | 'escape' | 'csi' | 'string' | 'string-escape';

export class ReplyParser {
  #state: State = 'ground';
  /** The sequence so far, introducer included. */
  #sequence: number[] = [];
  /** The string is too long: its bytes are passed over until it ends. */
  #overlong = false;
  #keys: number[] = [];
  #parts: InputPart[] = [];

  /**
   * What a sequence that has begun may turn out to be: `key` is the Esc key or Alt with a bracket
   * unless more comes soon, `reply` is the inside of an answer. Undefined: nothing is open.
   */
  get pending(): 'key' | 'reply' | undefined {
    if (this.#state === 'ground') return undefined;
    return this.#sequence.length <= 2 ? 'key' : 'reply';
  }

  /** Takes some bytes; gives what they complete, in order. */
  push(bytes: Uint8Array): InputPart[] {
    for (const byte of bytes) this.#byte(byte);
    return this.#take();
  }

  /** No more came in time: an open key comes out as keys, an open answer is dropped. */
  flush(): InputPart[] {
    if (this.pending === 'key') this.#keys.push(...this.#sequence);
    this.#toGround();
    return this.#take();
  }

  #take(): InputPart[] {
    this.#endKeys();
    const parts = this.#parts;
    this.#parts = [];
    return parts;
  }

  #byte(byte: number): void {
    switch (this.#state) {
      case 'ground':
        this.#inGround(byte);
        return;
      case 'escape':
        this.#inEscape(byte);
        return;
      case 'csi':
        this.#inCsi(byte);
        return;
      case 'string':
        this.#inString(byte);
        return;
      case 'string-escape':
        this.#inStringEscape(byte);
        return;
    }
  }

  #inGround(byte: number): void {
    if (byte === ESC) this.#open(ESC);
    else this.#keys.push(byte);
  }

  #inEscape(byte: number): void {
    if (byte === ESC) {
      // Esc twice, or Alt with a key that is a sequence: the first one is a key of its own.
      this.#keys.push(ESC);
      this.#open(ESC);
      return;
    }
    this.#sequence.push(byte);
    if (byte === 0x5b) this.#state = 'csi';
    else if (STRING_STARTS.includes(byte)) this.#state = 'string';
    else this.#asKeys();
  }

  #inCsi(byte: number): void {
    if (byte === ESC || byte === CAN || byte === SUB) {
      // Broken off: no answer does that, so these were keys.
      this.#asKeys();
      this.#inGround(byte);
      return;
    }
    this.#sequence.push(byte);
    const isFinal = byte >= 0x40 && byte <= 0x7e;
    // `CSI [ A` is F1 on the Linux console: its bracket is no final byte.
    if (byte === 0x5b && this.#sequence.length === 3) return;
    if (!isFinal) {
      if (this.#sequence.length > CSI_MAX_BYTES) this.#asKeys();
      return;
    }
    const reply = csiReply(Buffer.from(this.#sequence.slice(2)).toString('latin1'));
    if (reply === undefined) this.#asKeys();
    else this.#reply(reply);
  }

  #inString(byte: number): void {
    if (byte === BEL) this.#endString();
    else if (byte === CAN || byte === SUB) this.#toGround();
    else if (byte === ESC) this.#state = 'string-escape';
    else if (this.#sequence.length < STRING_MAX_BYTES) this.#sequence.push(byte);
    else this.#overlong = true;
  }

  #inStringEscape(byte: number): void {
    if (byte === 0x5c) {
      this.#endString();
      return;
    }
    // Anything else breaks the string off and begins something new.
    const short = this.#sequence.length <= 2;
    if (short) this.#keys.push(...this.#sequence);
    this.#toGround();
    this.#open(ESC);
    this.#inEscape(byte);
  }

  #endString(): void {
    const [, start = 0, ...body] = this.#sequence;
    const overlong = this.#overlong;
    const text = Buffer.from(body).toString('utf8');
    this.#reply(overlong ? { type: 'other' } : stringReply(start, text));
  }

  #open(byte: number): void {
    this.#sequence = [byte];
    this.#state = 'escape';
  }

  #asKeys(): void {
    this.#keys.push(...this.#sequence);
    this.#toGround();
  }

  #reply(reply: TerminalReply): void {
    this.#endKeys();
    this.#parts.push({ type: 'reply', reply });
    this.#toGround();
  }

  #toGround(): void {
    this.#state = 'ground';
    this.#sequence = [];
    this.#overlong = false;
  }

  #endKeys(): void {
    if (this.#keys.length === 0) return;
    this.#parts.push({ type: 'keys', bytes: Buffer.from(this.#keys) });
    this.#keys = [];
  }
}

/** The answer in a CSI sequence without its introducer; undefined: a key. */
function csiReply(text: string): TerminalReply | undefined {
  const shape = /^([?<>=]?)([0-9;:]*)([ -/]*)([@-~])$/.exec(text);
  if (shape === null) return undefined;
  const [, prefix = '', digits = '', between = '', final = ''] = shape;
  const values = digits.split(/[;:]/).map(Number);
  const [first = 0, second = 0, third = 0] = values;
  if (prefix === '<' && (final === 'M' || final === 'm')) {
    return { type: 'mouse', button: first, column: second, row: third, released: final === 'm' };
  }
  if (prefix === '?' && final === 'R') return { type: 'cursor', row: first, column: second };
  if (prefix === '?' && final === 'c') return { type: 'attributes', values };
  if (prefix === '?' && between === '$' && final === 'y') {
    return { type: 'mode', mode: first, state: second };
  }
  if (prefix === '' && between === '' && final === 'n') {
    return text === '0n' ? { type: 'acknowledged' } : { type: 'other' };
  }
  if (prefix === '' && final === 't') return windowReply(first, second, third);
  // `CSI ? ... u` and `CSI > ... c` answer what others asked; keys have no prefix.
  return prefix === '' || prefix === '<' ? undefined : { type: 'other' };
}

function windowReply(what: number, height: number, width: number): TerminalReply {
  if (what === 4) return { type: 'pixels', of: 'window', width, height };
  if (what === 6) return { type: 'pixels', of: 'cell', width, height };
  return { type: 'other' };
}

/** The answer in a string that began with ESC and the byte `start`. */
function stringReply(start: number, text: string): TerminalReply {
  if (start === 0x5f && text.startsWith('G')) {
    const [keys = '', ...message] = text.slice(1).split(';');
    return { type: 'kitty', keys, message: message.join(';') };
  }
  if (start === 0x5d && text.startsWith('1337;')) return { type: 'iterm2', text: text.slice(5) };
  if (start !== 0x50) return { type: 'other' };
  if (text.startsWith('>|')) return { type: 'version', name: text.slice(2) };
  const capability = /^([01])\+r(.*)$/s.exec(text);
  if (capability === null) return { type: 'other' };
  const decoded = (capability[2] ?? '').replaceAll(/[0-9a-f]{2}/gi, (hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return { type: 'capability', valid: capability[1] === '1', text: decoded };
}
