/**
 * The readers of what people are given: an invite's URL and recordings in Matroska, each with valid
 * inputs to change. Owns these two rows of the table in fuzz-targets.ts.
 */
import { encodeCluster } from '../../src/daemon/recording/matroska/cluster.js';
import { readCluster } from '../../src/daemon/recording/reading/cluster.js';
import { children, readHead } from '../../src/daemon/recording/reading/ebml.js';
import { readTags } from '../../src/daemon/recording/reading/matroska-head.js';
import { MeetError } from '../../src/transport/errors.js';
import { formatInvite, parseInvite } from '../../src/transport/invite-url.js';
import type { FuzzTarget } from './fuzz-run.js';

const INVITES = [
  'meet://10.0.0.5/lab?ports=5051,9999,5052#invite=abcd1234.0123456789abcdef&pin=',
  'meet://[fe80::1]/a%20b#invite=abcd1234.0123456789abcdef&pin=',
  'meet://localhost#pin=',
].map((url) => Buffer.from(`${url}${'A'.repeat(43)}`));

/** What was read can be written, and reads as the same again. */
export const INVITE: FuzzTarget = {
  name: 'invite',
  corpus: INVITES,
  parse(input) {
    const invite = parseInvite(input.toString('utf8'));
    const again = parseInvite(formatInvite(invite));
    if (again.token !== invite.token || again.pin !== invite.pin) throw new Error('another secret');
    if (invite.token === '' || invite.host === '') throw new Error('an empty part');
  },
};

const SOUND = { track: 'audio', atMs: 1040, payload: Buffer.alloc(64, 3) } as const;
const PICTURE = { track: 'screen', atMs: 1000, payload: Buffer.alloc(40, 5) } as const;
const EVENT = {
  track: 'events',
  atMs: 1100,
  words: 'kiosk says: h\u00e9',
  json: '{"a":1}',
} as const;

function cluster(...blocks: Parameters<typeof encodeCluster>[1]): Buffer {
  return Buffer.concat(encodeCluster(1000, blocks).buffers);
}

/** Clusters, and the bytes of a cluster read as tags: the same elements in another order. */
export const MATROSKA: FuzzTarget = {
  name: 'matroska',
  corpus: [cluster(), cluster(PICTURE), cluster(PICTURE, SOUND, SOUND), cluster(EVENT, PICTURE)],
  parse(input) {
    const head = readHead(input, 0);
    if (head === undefined) throw damaged('no element begins here');
    for (const element of children(input, head.headBytes, input.length)) {
      if (element.start > element.end || element.end > input.length) throw new Error('outside');
    }
    for (const { name, text } of readTags(input.subarray(head.headBytes))) {
      if (name.length + text.length > input.length) throw new Error('more text than bytes');
    }
    const read = readCluster(input, 0, head.headBytes);
    if (typeof read === 'string') throw damaged(read);
    for (const { start, end } of read.blocks) {
      if (start > end || end > input.length) throw new Error('a block beyond its cluster');
    }
  },
};

function damaged(words: string): MeetError {
  return new MeetError('MEET_RECORDING_DAMAGED', words);
}
