import { join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

import { databaseName, openGroupWriter, type GroupWriter } from './group.js';
import type { FromWriter, ToWriter, UnitResult, WriterSettings } from './messages.js';
import { toWireError } from './wire-error.js';

/* Entry of the one thread that writes. Units that wait when a commit ends are the next group. */

/** Changes of a group, beyond which the next begins: what one client sends must not keep the others waiting. */
const groupChanges = 4_000;

type CommitMessage = Extract<ToWriter, { kind: 'commit' }>;

function run(port: NonNullable<typeof parentPort>, settings: WriterSettings): void {
  const { directory, nodeId, ...limits } = settings;
  const send = (message: FromWriter): void => port.postMessage(message);
  let writer: GroupWriter;
  try {
    writer = openGroupWriter(join(directory, databaseName), nodeId, limits);
  } catch (error) {
    send({ kind: 'refused', error: toWireError(error) });
    return;
  }
  send({ kind: 'opened', lastSequence: writer.lastSequence, copied: writer.copied });
  port.on('message', (first: ToWriter) => {
    for (let message: ToWriter | undefined = first; message; message = next()) {
      if (message.kind === 'close') {
        writer.close();
        send({ kind: 'closed' });
        port.close();
        return;
      }
      commitFrom(message);
    }
  });

  let ahead: ToWriter | undefined;

  function next(): ToWriter | undefined {
    const message = ahead ?? (receiveMessageOnPort(port)?.message as ToWriter | undefined);
    ahead = undefined;
    return message;
  }

  function commitFrom(first: CommitMessage): void {
    const group = [first];
    let changes = first.unit.count;
    while (changes < groupChanges) {
      const message = next();
      if (message?.kind !== 'commit') {
        ahead = message;
        break;
      }
      group.push(message);
      changes += message.unit.count;
    }
    const results = writer.commit(group.map(({ unit }) => unit));
    send({
      kind: 'committed',
      results: group.map(({ number }, place) => [number, resultAt(results, place)]),
    });
  }
}

function resultAt(results: readonly UnitResult[], place: number): UnitResult {
  const result = results[place];
  if (!result) throw new Error('a unit of the group has no result');
  return result;
}

if (parentPort) run(parentPort, workerData as WriterSettings);
