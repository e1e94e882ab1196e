/**
 * Bytes of one frame, collected without a string for each cell. Owns one buffer that grows and is
 * used again for the next frame.
 */

const FIRST_BYTES = 65_536;
const DIGITS_MAX = 5;
const ZERO = 0x30;
const TWO = 0x32;
const SEMICOLON = 0x3b;
const TRUE_COLOUR_MAX = 16;
/** Numbers whose digits are kept, and room for the digits of each. */
const SMALL = 256;
const SMALL_DIGITS_MAX = 3;
const SMALL_COUNTS = Uint8Array.from({ length: SMALL }, (_, value) => String(value).length);
const SMALL_DIGITS = new Uint8Array(SMALL * SMALL_DIGITS_MAX);
for (let value = 0; value < SMALL; value += 1) {
  SMALL_DIGITS.set(Buffer.from(String(value)), value * SMALL_DIGITS_MAX);
}

export class FrameBytes {
  #buffer = Buffer.allocUnsafeSlow(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  /** What was collected; valid until the next change. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  byte(value: number): void {
    this.#need(1);
    this.#buffer[this.#length] = value;
    this.#length += 1;
  }

  /** Short words: a loop is quicker than a call into C++ for each. */
  ascii(text: string): void {
    this.#need(text.length);
    for (let at = 0; at < text.length; at += 1) {
      this.#buffer[this.#length] = text.charCodeAt(at);
      this.#length += 1;
    }
  }

  /** A number's digits, without making a string of it. 0 to 99,999. */
  decimal(value: number): void {
    this.#need(DIGITS_MAX);
    if (value < SMALL) {
      this.#length = putSmall(this.#buffer, this.#length, value);
      return;
    }
    let power = value < 10 ? 1 : value < 100 ? 10 : value < 1000 ? 100 : 10_000;
    for (let rest = value; power >= 1; power = Math.floor(power / 10)) {
      const digit = Math.floor(rest / power);
      this.#buffer[this.#length] = ZERO + digit;
      this.#length += 1;
      rest -= digit * power;
    }
  }

  /** `;2;red;green;blue`, 0 to 255 each: what follows 38 or 48 for a true colour (ITU-T T.416). */
  trueColour(red: number, green: number, blue: number): void {
    this.#need(TRUE_COLOUR_MAX);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at] = SEMICOLON;
    buffer[at + 1] = TWO;
    buffer[at + 2] = SEMICOLON;
    at = putSmall(buffer, at + 3, red);
    buffer[at] = SEMICOLON;
    at = putSmall(buffer, at + 1, green);
    buffer[at] = SEMICOLON;
    this.#length = putSmall(buffer, at + 1, blue);
  }

  utf8(text: string): void {
    this.#need(text.length * 3);
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  append(bytes: Uint8Array): void {
    this.#need(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** One character in UTF-8 (RFC 3629, section 3). */
  codePoint(code: number): void {
    if (code < 0x80) {
      this.byte(code);
      return;
    }
    const more = code < 0x800 ? 1 : code < 0x1_0000 ? 2 : 3;
    const lead = [0xc0, 0xe0, 0xf0][more - 1] ?? 0xc0;
    this.byte(lead | (code >> (6 * more)));
    for (let left = more - 1; left >= 0; left -= 1) this.byte(0x80 | ((code >> (6 * left)) & 0x3f));
  }

  #need(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const size = Math.max(this.#buffer.length * 2, this.#length + bytes);
    const bigger = Buffer.allocUnsafeSlow(size);
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
  }
}

/** Digits of 0 to 255, without a division; returns where they end. */
function putSmall(buffer: Buffer, start: number, value: number): number {
  const from = value * SMALL_DIGITS_MAX;
  const count = SMALL_COUNTS[value] ?? 0;
  for (let digit = 0; digit < count; digit += 1) {
    buffer[start + digit] = SMALL_DIGITS[from + digit] ?? ZERO;
  }
  return start + count;
}
