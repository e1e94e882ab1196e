/**
 * What a running share does for commands of its own user: turns its streams off and on, tells their
 * state. Owns the acts; the control socket is given.
 */
import type { Done, Toggle } from '../transport/command-records.js';
import type { ControlRecord } from '../transport/control.js';
import type { ControlConnection } from '../transport/control-socket.js';
import { MeetError, asMeetError } from '../transport/errors.js';
import type { ShareRun } from './share-run.js';

export function onShareControl(
  run: ShareRun,
  connection: ControlConnection,
  record: ControlRecord,
): void {
  if (record.type === 'toggle') {
    connection.send(answer(record.id, () => toggle(run, record)));
  } else if (record.type === 'query' && record.what === 'status') {
    connection.send({ type: 'done', id: record.id, ok: true, data: { streams: run.states() } });
  } else if (record.type === 'bye') {
    void connection.close();
  } else {
    const message = `"${record.type}" is not for a running share`;
    connection.send({ type: 'error', code: 'MEET_CONTROL_INVALID', message });
  }
}

function answer(id: number, act: () => Record<string, unknown>): Done {
  try {
    return { type: 'done', id, ok: true, data: act() };
  } catch (thrown) {
    const { code, message } = asMeetError(thrown);
    return { type: 'done', id, ok: false, code, message };
  }
}

function toggle(run: ShareRun, { action, kind }: Toggle): Record<string, unknown> {
  if (action === 'kick') throw new MeetError('MEET_USAGE', 'a share cannot be sent away by itself');
  const on = action === 'start' || action === 'unmute';
  const kinds =
    action === 'mute' || action === 'unmute'
      ? (['audio'] as const)
      : kind === undefined
        ? run.states().map((state) => state.kind)
        : [kind];
  const results = kinds.map((each) => ({ kind: each, ...run.toggle(each, on) }));
  return {
    changed: results.some(({ changed }) => changed),
    streams: run.states(),
  };
}
