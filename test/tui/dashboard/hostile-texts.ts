/**
 * Names and messages that try to move a cursor, ask the terminal, turn lines around, pass for tiles
 * or fill a screen.
 */
export const HOSTILE_TEXTS: readonly string[] = [
  '\u001b[2J\u001b[H\u001b[31mred',
  '\u001b]0;title\u0007\u001b]52;c;aGVsbG8=\u0007',
  '\u001b[?1049l\u001b[?25h\u001b[?1000h\u001b[6n\u001bc',
  '\u009b2J\u009d0;title\u009c',
  '\u001bP+q524742\u001b\\\u001b_Ga=T;AAAA\u001b\\',
  '\u202egnitirw\u202c \u2066isolate\u2069 \u200f',
  '\ue000\ue001\uf000\u{f0000}',
  '\r\n\t\u000b\u2028\u2029line',
  '\ud800 lone \udfff',
  `zalgo${'\u0301'.repeat(500)}`,
  '漢'.repeat(5000),
  'x'.repeat(10_000),
];
