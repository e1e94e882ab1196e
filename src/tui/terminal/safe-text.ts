/**
 * Text from others, made fit for a frame. Owns which characters never reach the terminal; measures
 * and cuts nothing.
 */

/** What stands in for a character that may not be shown. */
export const REPLACEMENT = '\ufffd';

/**
 * Controls (Cc), bidirectional and other format characters (Cf) but the joiner that emoji need, lone
 * surrogates (Cs), private use (Co: the screen's own fills are among them), line separators.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Co}\u2028\u2029]|(?!\u200d)\p{Cf}/gu;

/** The same text with each unsafe character replaced; line breaks are unsafe, too. */
export function safeText(text: string): string {
  return text.replaceAll(UNSAFE, REPLACEMENT);
}
