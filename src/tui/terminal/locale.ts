/**
 * What the environment says of the characters that a terminal reads. Owns reading it; the terminal's own
 * answer counts more (probe.ts).
 */

/** Whether `LC_ALL`, `LC_CTYPE` or `LANG` leave room for UTF-8. */
export function isUnicodeLocale(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  // No locale at all is a bare container or a service; its terminal is a modern one.
  return locale === '' || locale === 'C' || locale === 'POSIX' || /utf-?8/iu.test(locale);
}
