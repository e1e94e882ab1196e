/**
 * An invite as one URL: where the daemon is, its key's fingerprint and the secret. Owns the reading
 * and writing of it; knows not whether an invite is good.
 *
 *   meet://10.0.0.5/lab?ports=5051,9999,5052#invite=ID.SECRET&pin=FINGERPRINT
 *          host     room                     └── the fragment: what no log of addresses should hold
 */
import { domainToASCII } from 'node:url';

import { MeetError } from './errors.js';
import { parseFingerprint } from './identity.js';
import { DEFAULT_PORTS, STREAM_KINDS } from './stream-kind.js';
import type { StreamKind } from './stream-kind.js';

export interface Invite {
  readonly host: string;
  readonly ports: Readonly<Record<StreamKind, number>>;
  readonly room: string | undefined;
  /** `ID.SECRET`, as hello carries it. */
  readonly token: string;
  /** Of the daemon's key, `SHA256:…`. */
  readonly pin: string;
}

/** A URL of more than this is none. */
const MOST_CHARACTERS = 2048;
/** `%eth0]`, or with the sign escaped, `%25eth0]`. */
const ZONE = /(?<=^meet:\/\/\[[0-9a-f:.]*)%(?:25)?([\w.-]{1,32})\]/i;
const TOKEN = /^[\w-]{4,32}\.[\w-]{16,64}$/;

export function formatInvite({ host, ports, room, token, pin }: Invite): string {
  const name = host.includes(':') ? `[${host}]` : host;
  const path = room === undefined ? '' : `/${encodeURIComponent(room)}`;
  const usual = STREAM_KINDS.every((kind) => ports[kind] === DEFAULT_PORTS[kind]);
  const query = usual ? '' : `?ports=${ports.screen},${ports.video},${ports.audio}`;
  return `meet://${name}${path}${query}#invite=${token}&pin=${pin.replace('SHA256:', '')}`;
}

/** Whether a text is meant to be an invite's URL, and no file's name. */
export function looksLikeInvite(text: string): boolean {
  return /^meet:/i.test(unquoted(text)) || /invite(=|%3d)/i.test(text);
}

/** As people copy it: with what stood around it in a message or a file. */
function unquoted(text: string): string {
  const word = text.trim();
  const [, inside] = /^(?:"(.*)"|'(.*)'|<(.*)>|`(.*)`)$/s.exec(word)?.filter(Boolean) ?? [];
  return inside?.trim() ?? word;
}

/** Throws MEET_INVITE_MALFORMED, whose words hold nothing of the secret. */
export function parseInvite(text: string): Invite {
  const word = unquoted(text);
  if (!/^meet:\/\//i.test(word)) throw malformed(beginning(word));
  if (word.length > MOST_CHARACTERS) {
    throw malformed(`it has ${word.length} characters, at most ${MOST_CHARACTERS} are one`);
  }
  // A zone (RFC 6874) is no part of a URL as the standard of today has it.
  const [, zone] = ZONE.exec(word) ?? [];
  const url = parsed(word.replace(ZONE, ']'));
  const secrets = new URLSearchParams(url.hash.slice(1));
  const token = secrets.get('invite') ?? '';
  if (url.hash === '') throw malformed('it ends before #invite=, or its # was written as %23');
  if (!TOKEN.test(token)) throw malformed('what follows #invite= is not ID.SECRET');
  const shown = secrets.get('pin');
  if (shown === null) throw malformed('it ends before &pin=; in a shell it has to stand in quotes');
  const pin = parseFingerprint(shown);
  if (pin === undefined) throw malformed('what follows &pin= is no fingerprint');
  const host = hostOf(url, zone);
  if (host === '') throw malformed('it names no host');
  return { host, ports: portsOf(url), room: roomOf(url), token, pin };
}

/** Its first letters, where they are a scheme, are no secret. */
function beginning(word: string): string {
  if (word === '') return 'it is empty';
  const [scheme] = /^[a-z]{2,8}:(?=\/)/i.exec(word) ?? [];
  return scheme === undefined
    ? 'it does not begin with meet://'
    : `it begins with ${scheme}, not with meet://`;
}

/** Empty: none that can be. A name of other letters comes out as the network knows it (UTS #46). */
function hostOf({ hostname }: URL, zone: string | undefined): string {
  const [, address] = /^\[(.*)\]$/.exec(hostname) ?? [];
  if (address !== undefined) return zone === undefined ? address : `${address}%${zone}`;
  if (zone !== undefined) return '';
  try {
    return domainToASCII(decodeURIComponent(hostname));
  } catch {
    return '';
  }
}

function parsed(word: string): URL {
  try {
    return new URL(word);
  } catch {
    throw malformed('it is no URL');
  }
}

function portsOf(url: URL): Invite['ports'] {
  const given = url.searchParams.get('ports');
  if (url.port !== '') throw malformed('its ports stand in ?ports=SCREEN,VIDEO,AUDIO');
  if (given === null) return DEFAULT_PORTS;
  const numbers = given.split(',').map((part) => (/^\d{1,5}$/.test(part) ? Number(part) : 0));
  const [screen = 0, video = 0, audio = 0] = numbers;
  if (numbers.length !== 3 || numbers.some((port) => port < 1 || port > 65_535)) {
    throw malformed('ports are not three numbers from 1 to 65535');
  }
  return { screen, video, audio };
}

function roomOf(url: URL): string | undefined {
  const path = url.pathname.replace(/^\//, '');
  if (path === '') return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    throw malformed('its room is not UTF-8');
  }
}

function malformed(why: string): MeetError {
  return new MeetError(
    'MEET_INVITE_MALFORMED',
    `this is no invite: ${why}; expected meet://HOST[/ROOM]#invite=ID.SECRET&pin=FINGERPRINT, as meet invite prints it`,
  );
}
