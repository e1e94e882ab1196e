/**
 * Which program has a port of this machine. Owns the looking through /proc (Linux: proc(5)), as far as
 * this user may see; elsewhere nobody is found. Ends nobody.
 */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

import { MeetError } from '../transport/errors.js';
import { printable } from './printable.js';

/** Columns of /proc/net/tcp (proc_net_tcp.txt of the kernel), and its number for LISTEN. */
const LOCAL_ADDRESS = 1;
const STATE = 3;
const INODE = 9;
const LISTEN = '0A';
/** Longest name that is shown. */
const NAME_LENGTH = 40;

/** `meetd (process 4242)`; undefined where it can't be seen. */
export function portHolder(port: number): string | undefined {
  const sockets = new Set(listening(port).map((inode) => `socket:[${inode}]`));
  if (sockets.size === 0) return undefined;
  const pid = entries('/proc').find((name) => /^\d+$/.test(name) && holdsOne(name, sockets));
  return pid === undefined ? undefined : `${nameOf(pid)} (process ${pid})`;
}

/** The same fault, with who has the port where its cause says which one that is. */
export function namingHolder(fault: MeetError): MeetError {
  const { cause } = fault;
  if (fault.code !== 'MEET_PORT_TAKEN' || !(cause instanceof Error)) return fault;
  const holder = 'port' in cause ? portHolder(Number(cause.port)) : undefined;
  if (holder === undefined) return fault;
  const message = fault.message.replace(' is taken;', ` is taken by ${holder};`);
  return new MeetError(fault.code, message, { cause });
}

function listening(port: number): string[] {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['/proc/net/tcp', '/proc/net/tcp6']
    .flatMap((table) => textOf(table).split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter((row) => row[LOCAL_ADDRESS]?.endsWith(end) === true && row[STATE] === LISTEN)
    .map((row) => row[INODE] ?? '');
}

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  const folder = `/proc/${pid}/fd`;
  return entries(folder).some((fd) => sockets.has(linkOf(`${folder}/${fd}`)));
}

/** Of a program that Node runs, that of its script. */
function nameOf(pid: string): string {
  const [program = '', script = ''] = textOf(`/proc/${pid}/cmdline`).split('\0');
  const runs = basename(program) === 'node' && script !== '' && !script.startsWith('-');
  const name = runs ? basename(script, '.js') : basename(program);
  return printable(name === '' ? textOf(`/proc/${pid}/comm`).trim() : name).slice(0, NAME_LENGTH);
}

/** Processes come and go meanwhile, and others' can't be looked into. */
function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
