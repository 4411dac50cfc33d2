import { join } from 'node:path';

import type { BenchInput } from '../input.js';
import { recordsOf } from '../input.js';
import type { BenchNode } from '../bench-node.js';
import { startAlone } from '../network.js';
import { postBundles, type Target } from '../post-bundles.js';
import type { BenchStore } from '../stores/bench-store.js';

/** What all parts of one run share. */
export interface BenchRun {
  readonly input: BenchInput;
  readonly store: BenchStore;
  /** Rounds of each comparison. */
  readonly rounds: number;
  /** Length of each side's turn in a comparison of rates. */
  readonly seconds: number;
  /** For data and logs. */
  readonly folder: string;
  readonly say: (text: string) => void;
  /** A node that has all the input's records; started once. */
  loaded(): Promise<BenchNode>;
}

export const connections = 32;

/** Loads the whole input; records a second. */
export async function loadAll(
  target: Target,
  { directory, transactions, parallel }: BenchInput,
): Promise<number> {
  const seconds =
    (await postBundles(target, directory, 1)) + (await postBundles(target, transactions, parallel));
  return (recordsOf(directory) + recordsOf(transactions)) / seconds;
}

/** Loads a new node that has no peers and takes it away; records a second. */
export async function loadAlone({ folder, store, input }: BenchRun): Promise<number> {
  const node = await startAlone(store, join(folder, 'alone'));
  const perSecond = await loadAll(node, input);
  await node.discard();
  return perSecond;
}

/** Starts a node of its own in the run's folder and loads it. */
export async function startLoaded(
  run: Pick<BenchRun, 'input' | 'store' | 'folder' | 'say'>,
): Promise<BenchNode> {
  run.say('loading a node');
  const node = await startAlone(run.store, join(run.folder, 'loaded'));
  await loadAll(node, run.input);
  return node;
}
