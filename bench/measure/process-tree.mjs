// @ts-check
/**
 * CPU time and memory of a process and all its descendants, from /proc (proc(5), Linux only). Owns
 * the reading; starts and ends nothing.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/**
 * @typedef {object} ProcessStat
 * @property {number} pid
 * @property {number} parentPid
 * @property {number} session
 * @property {number} cpuTicks Own and of children that ended and were waited for.
 */

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/**
 * Milliseconds of CPU (user and system) that a tree has used since it began. Processes that ended
 * count through the parent that waited for them. A process that left its parent is still counted
 * while it is in the root's session.
 *
 * @param {number} rootPid
 */
export function cpuMsOfTree(rootPid) {
  const ticks = treeOf(rootPid).reduce((sum, stat) => sum + stat.cpuTicks, 0);
  return (ticks / ticksPerSecond) * 1000;
}

/**
 * Ids of a process and all its descendants.
 *
 * @param {number} rootPid
 */
export function pidsOfTree(rootPid) {
  return treeOf(rootPid).map((stat) => stat.pid);
}

/**
 * Resident memory of one process in bytes.
 *
 * @param {number} pid
 */
export function rssBytes(pid) {
  return statusBytes(pid, 'VmRSS');
}

/**
 * The most resident memory that one process ever had, in bytes.
 *
 * @param {number} pid
 */
export function peakRssBytes(pid) {
  return statusBytes(pid, 'VmHWM');
}

/**
 * @param {number} pid
 * @param {string} field
 */
function statusBytes(pid, field) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Number(kibibytes ?? Number.NaN) * 1024;
}

/** @param {number} rootPid */
function treeOf(rootPid) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => readStat(Number(pid)))
    .filter((stat) => stat !== undefined);
  const tree = new Set([rootPid]);
  let before = 0;
  while (before !== tree.size) {
    before = tree.size;
    for (const stat of all) {
      if (tree.has(stat.parentPid) || stat.session === rootPid) tree.add(stat.pid);
    }
  }
  return all.filter((stat) => tree.has(stat.pid));
}

/**
 * @param {number} pid
 * @returns {ProcessStat | undefined} undefined when it ended in between.
 */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, field 2, may hold anything, also spaces and brackets; numbers follow its last `)`.
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    // From field 3 on, proc(5): 4 ppid, 6 session, 14 utime, 15 stime, 16 cutime, 17 cstime.
    const [parentPid = 0, session = 0] = [fields[1], fields[3]];
    const cpuTicks = fields.slice(11, 15).reduce((sum, ticks) => sum + ticks, 0);
    return { pid, parentPid, session, cpuTicks };
  } catch {
    return undefined;
  }
}
