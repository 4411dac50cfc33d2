import type { StoredVersion } from '../../../ports/store.js';
import type { CallContext, RecordDeps } from '../record-deps.js';
import type { EntryAnswer } from './bundle-answer.js';
import { mostReadBytes, tooCostly } from './limits.js';
import { runGet, type GetEntry } from './run-get.js';

export type ReadInTurn = (context: CallContext, read: GetEntry) => Promise<EntryAnswer>;

/** What an answer puts around each resource, at most. */
const frameBytes = 512;

/**
 * Carries out the reading entries of one Bundle one after the other, until their answers reach `limitBytes`; those
 * after that are refused unread. So a small Bundle can't ask for an answer that no memory holds.
 */
export function createReadInTurn(deps: RecordDeps, limitBytes = mostReadBytes): ReadInTurn {
  let leftBytes = limitBytes;
  let last: Promise<unknown> = Promise.resolve();

  async function readOne(context: CallContext, read: GetEntry): Promise<EntryAnswer> {
    if (leftBytes > 0) {
      const answer = await runGet(deps, context, read);
      leftBytes -= sizeOf(answer);
      if (leftBytes >= 0) return answer;
    }
    throw tooCostly(`The reading entries of a Bundle are answered with up to ${String(limitBytes)} bytes`);
  }

  return (context, read) => {
    const run = last.then(() => readOne(context, read));
    last = run.catch(() => undefined);
    return run;
  };
}

function sizeOf(answer: EntryAnswer): number {
  switch (answer.kind) {
    case 'version':
      return sizeOfAll([answer.version]);
    case 'search':
      return sizeOfAll(answer.page.result.matches);
    case 'history':
      return sizeOfAll(answer.result.versions);
    default:
      return frameBytes;
  }
}

const sizeOfAll = (versions: readonly Pick<StoredVersion, 'body'>[]): number =>
  versions.reduce((sum, { body }) => sum + Buffer.byteLength(body) + frameBytes, frameBytes);
