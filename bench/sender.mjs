// @ts-check
/**
 * The sending side of the ingest figures, a process of its own, written from meet-protocol(7) alone.
 * Owns its sockets and its pace. Options come as one JSON argument; a line of JSON tells the result.
 *
 *   {"mode":"flood","port":N,"seconds":4,"handshake":true}     one connection, as fast as it goes
 *   {"mode":"paced","port":N,"sharers":50,"fps":30,"seconds":10}
 *   {"mode":"older","ports":{…},"clients":4,"fps":30,"seconds":10,"pickles":"FILE"}
 *   {"mode":"viewers","port":N,"viewers":50,"protocol":"meet"}   until SIGTERM
 *   {"mode":"nats","port":N,"fps":30,"seconds":10}
 *   {"mode":"slow-viewer","port":N,"bytesPerSecond":2000000}  until SIGTERM
 *   {"mode":"tiles","port":N,"sharers":4,"fps":15,"seconds":10,"pictures":"FOLDER"}
 *   {"mode":"handshakes","port":N,"rounds":200,"tls":true}
 *   {"mode":"waiting","port":N,"host":"10.0.0.5","peers":1000,"tls":true}   until SIGTERM
 *   {"mode":"horde","ports":{…},"attackers":1000,"harm":"slow loris"}   until SIGTERM
 *   {"mode":"quiet","ports":{…},"participants":100}            until SIGTERM
 */
import { flood } from './sender/flood.mjs';
import { handshakes } from './sender/handshakes.mjs';
import { horde } from './sender/horde.mjs';
import { nats } from './sender/nats.mjs';
import { older } from './sender/older.mjs';
import { paced } from './sender/paced.mjs';
import { quiet } from './sender/quiet.mjs';
import { slowViewer } from './sender/slow-viewer.mjs';
import { tiles } from './sender/tiles.mjs';
import { viewers } from './sender/viewers.mjs';
import { waiting } from './sender/waiting.mjs';

const modes = {
  ...{ flood, paced, older, quiet, viewers, nats, tiles, handshakes, waiting, horde },
  'slow-viewer': slowViewer,
};

const options = JSON.parse(process.argv[2] ?? '{}');
const mode = modes[/** @type {keyof typeof modes} */ (options.mode)];
if (mode === undefined) throw new Error(`mode is ${options.mode}, expected ${Object.keys(modes)}`);
await mode(options, say);

/** @param {object} result */
function say(result) {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
