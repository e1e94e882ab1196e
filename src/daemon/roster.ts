/**
 * The roster: a room's participants and their streams, as control records carry them. Owns the
 * translation, and the newest records of each room so that they are made once for all who watch.
 */
import type { RosterEntry, RosterStream } from '../transport/roster-records.js';
import { encodeControl } from '../transport/control.js';
import type { Hub } from './hub.js';
import { NameShapes, nameCaution } from './name-caution.js';
import type { Participant, Stream } from './participant.js';

/**
 * A record's share of a roster, in bytes of JSON: half of what a peer takes in one record
 * (`control-bytes`), since a peer's own limit is not known here.
 */
const PAGE_BYTES = 32 * 1024;

export class Roster {
  readonly #hub: Hub;
  readonly #records = new Map<string, readonly Buffer[]>();

  /** Make it before anyone else subscribes to the hub: it must know of a change first. */
  constructor(hub: Hub) {
    this.#hub = hub;
    hub.subscribe({ onRoster: (room) => this.#records.delete(room) });
  }

  /** As many participants as one record holds, and whether there are more. */
  beginning(room: string): { readonly entries: RosterEntry[]; readonly more: boolean } {
    const [first, second] = pages(this.#hub, room);
    return { entries: first ?? [], more: second !== undefined };
  }

  /** The whole roster of a room as `roster` records, ready for a socket; shared by all who watch. */
  records(room: string): readonly Buffer[] {
    const known = this.#records.get(room);
    if (known !== undefined) return known;
    const all = [...pages(this.#hub, room)];
    const records = all.map((participants, at) =>
      encodeControl({
        type: 'roster',
        participants,
        ...(at + 1 < all.length ? { more: true } : {}),
      }),
    );
    this.#records.set(room, records);
    return records;
  }
}

/** At least one page, which may be empty. */
function* pages(hub: Hub, room: string): Generator<RosterEntry[]> {
  let page: RosterEntry[] = [];
  let bytes = 0;
  const participants = [...hub.inRoom(room)];
  const shapes = new NameShapes(participants.map(({ name }) => name));
  for (const participant of participants) {
    const entry = rosterEntry(participant, shapes);
    const entryBytes = Buffer.byteLength(JSON.stringify(entry));
    if (page.length > 0 && bytes + entryBytes > PAGE_BYTES) {
      yield page;
      page = [];
      bytes = 0;
    }
    page.push(entry);
    bytes += entryBytes;
  }
  yield page;
}

/** `shapes`: of the names of all among whom it is shown; left out, it is looked at alone. */
export function rosterEntry(participant: Participant, shapes?: NameShapes): RosterEntry {
  const { number, name, origin, away, watching, hand, plaintext, streams } = participant;
  const caution = nameCaution(name, shapes === undefined ? [] : [shapes]);
  return {
    participant: number,
    name,
    origin,
    away,
    watching: watching > 0,
    hand,
    ...(plaintext ? { plaintext } : {}),
    ...(caution === undefined ? {} : { caution }),
    streams: [...streams.values()].map(rosterStream),
  };
}

function rosterStream(stream: Stream): RosterStream {
  const { kind, self, selfSinceUs, host, hostSinceUs, reason, format, clockOffsetUs } = stream;
  return {
    kind,
    self,
    selfSinceUs,
    host,
    hostSinceUs,
    clockOffsetUs: clockOffsetUs ?? 0,
    ...(reason === undefined ? {} : { reason }),
    ...(format === undefined ? {} : { format }),
  };
}
