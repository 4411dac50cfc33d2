import { setTimeout as sleep } from 'node:timers/promises';

import type { NodeAccess } from '../network/node-access.js';

const pollMs = 100;

export interface SettleOptions {
  readonly limitMs: number;
  readonly onWaiting?: (waiting: number) => void;
}

/**
 * Resolves when every stream of every node has handed over everything: all caught up, twice in a row with no log grown
 * in between. Rejects with the streams that are behind when the limit is over.
 */
export async function settle(nodes: readonly NodeAccess[], options: SettleOptions): Promise<void> {
  const until = Date.now() + options.limitMs;
  let before = '';
  for (;;) {
    const streams = (await Promise.all(nodes.map((node) => streamsOf(node)))).flat();
    const ends = streams.map(({ name, logEnd }) => `${name}=${logEnd}`).join(' ');
    const behind = streams.filter(({ caughtUp }) => !caughtUp);
    options.onWaiting?.(streams.reduce((sum, { waiting }) => sum + waiting, 0));
    if (behind.length === 0 && ends === before) return;
    before = ends;
    if (Date.now() > until)
      throw new Error(`streams are behind: ${behind.map(describe).join('; ') || 'logs still grow'}`);
    await sleep(pollMs);
  }
}

type NamedStream = Awaited<ReturnType<NodeAccess['streams']>>[number] & { readonly name: string };

async function streamsOf(access: NodeAccess): Promise<NamedStream[]> {
  const streams = await access.streams();
  return streams.map((stream) => ({ ...stream, name: `${access.node.id}->${stream.peer} ${stream.lane}` }));
}

const describe = ({ name, waiting, state, lastError }: NamedStream): string =>
  `${name} ${waiting} waiting, ${state}${lastError === undefined ? '' : ` (${lastError})`}`;
