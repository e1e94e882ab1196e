/**
 * Options of encryption and identity, for clients and for the daemon. Owns both tables; the man pages
 * repeat them, a test compares.
 */
import type { TlsMode } from '../transport/client-security.js';
import { TLS_MODES } from '../transport/client-security.js';
import { parseFingerprint } from '../transport/identity.js';
import { isAddressRange, widerRange } from '../transport/network-address.js';
import type { OptionValues } from './option-table.js';
import { option } from './option-table.js';
import type { Parser } from './values.js';
import { ValueError, flag, oneOf, plain, text } from './values.js';

const fingerprint: Parser<string> = (raw) => {
  const known = parseFingerprint(plain(raw));
  if (known !== undefined) return known;
  throw new ValueError(
    'a fingerprint, SHA256: and 43 characters, as the daemon tells it at its start',
  );
};

/** Repeated, or with commas. */
const ranges: Parser<readonly string[]> = (raw) => {
  const words = (Array.isArray(raw) ? raw : [raw]).flatMap((each) => plain(each).split(','));
  const trimmed = words.map((word) => word.trim());
  const wider = trimmed.map(widerRange).find((range) => range !== undefined);
  if (wider !== undefined) {
    throw new ValueError(`an address alone, or the range ${wider}, which has these bits only`);
  }
  if (trimmed.length > 0 && trimmed.every(isAddressRange)) return trimmed;
  throw new ValueError('an address or a range, such as 10.0.0.0/8 or fd00::/8');
};

export const CLIENT_SECURITY_OPTIONS = {
  tls: option<TlsMode>({
    flags: '--tls <MODE>',
    help: 'on: everywhere but on loopback; required: there, too; off: nowhere (on)',
    parse: oneOf(...TLS_MODES),
    default: 'on',
  }),
  pin: option<string | undefined>({
    flags: '--pin <FINGERPRINT>',
    help: "the daemon's key must be this one (as when it was met first)",
    parse: fingerprint,
    default: undefined,
  }),
  ca: option<string | undefined>({
    flags: '--ca <FILE>',
    help: "trust what this CA has signed, PEM, and check the daemon's name (pins)",
    parse: text,
    default: undefined,
  }),
  identity: option<string | undefined>({
    flags: '--identity <FILE>',
    help: "who we are: an Ed25519 key, made if it is not there (this user's)",
    parse: text,
    default: undefined,
  }),
  invite: option<string | undefined>({
    flags: '--invite <FILE>',
    help: 'come in by an invite: a file with its URL, - for stdin, or the URL',
    parse: text,
    default: undefined,
  }),
} as const;

export const DAEMON_SECURITY_OPTIONS = {
  open: option({
    flags: '--open',
    help: 'let everyone in, nobody waits',
    parse: flag,
    default: false,
  }),
  tls: option<TlsMode>({
    flags: '--tls <MODE>',
    help: 'on: TLS and plain; required: TLS only; off: plain only (on)',
    parse: oneOf(...TLS_MODES),
    default: 'on',
  }),
  cert: option<string | undefined>({
    flags: '--cert <FILE>',
    help: 'certificate chain in PEM, with --key (one of its own, made on first start)',
    parse: text,
    default: undefined,
  }),
  key: option<string | undefined>({
    flags: '--key <FILE>',
    help: 'private key of --cert in PEM',
    parse: text,
    default: undefined,
  }),
  plain: option<'on' | 'off'>({
    flags: '--plain <MODE>',
    help: 'off: no older clients, nothing in plain from other machines (on)',
    parse: oneOf('on', 'off'),
    default: 'on',
  }),
  plainFrom: option<readonly string[]>({
    flags: '--plain-from <CIDR>',
    help: 'let plain clients in from these addresses; may be repeated (none)',
    parse: ranges,
    default: [],
    repeated: true,
  }),
} as const;

export type ClientSecurityOptions = OptionValues<typeof CLIENT_SECURITY_OPTIONS>;
export type DaemonSecurityOptions = OptionValues<typeof DAEMON_SECURITY_OPTIONS>;
