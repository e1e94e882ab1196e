/**
 * The names of folders in the frames format, read back: `20261123T121530Z-anna`. Owns that; names of
 * Matroska recordings are those of segment-name.ts.
 */
import { parseMeetingFolderName } from '../segment-name.js';

/** When the stay began and whose it was, made safe; undefined for another folder's name. */
export function parseStayFolderName(
  name: string,
): { readonly startedAtUs: number; readonly stamp: string; readonly who: string } | undefined {
  const [, stamp = '', who = ''] = /^(\d{8}T\d{6}Z)-([a-z0-9._-]{1,46})$/.exec(name) ?? [];
  const startedAtUs = parseMeetingFolderName(stamp);
  return startedAtUs === undefined ? undefined : { startedAtUs, stamp, who };
}
