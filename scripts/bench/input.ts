import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { generateRegion } from '../region/generate-region.js';

/** A Bundle as it goes over the wire. */
export interface InputBundle {
  readonly name: string;
  readonly body: Buffer;
  /** Records in it. */
  readonly records: number;
}

export interface BenchInput {
  /** What it is, for the report. */
  readonly name: string;
  /** Institutions and practitioners: go first, one by one. */
  readonly directory: readonly InputBundle[];
  /** Transactions that may go in any order, several at a time. */
  readonly transactions: readonly InputBundle[];
  /** How many of these under way at a time: a few where each is large. */
  readonly parallel: number;
}

const generatedPeople = 2_500;

/** The Bundles (.json, .json.gz) of a folder, batches as the directory; without the folder a generated region. */
export function readInput(folder: string): BenchInput {
  if (!existsSync(folder)) return generatedInput();
  const directory: InputBundle[] = [];
  const transactions: InputBundle[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!/\.json(?:\.gz)?$/.test(name)) continue;
    const raw = readFileSync(join(folder, name));
    const body = name.endsWith('.gz') ? gunzipSync(raw) : raw;
    const { type, entry = [] } = JSON.parse(body.toString()) as { type?: string; entry?: unknown[] };
    if (type !== 'batch' && type !== 'transaction')
      throw new Error(`${name} is no batch or transaction Bundle`);
    (type === 'batch' ? directory : transactions).push({ name, body, records: entry.length });
  }
  if (transactions.length === 0) throw new Error(`no transaction Bundle in ${folder}`);
  return { name: `the Bundles of ${folder}`, directory, transactions, parallel: 4 };
}

function generatedInput(): BenchInput {
  const region = generateRegion({ seed: 'bench', size: generatedPeople });
  const toBundle = (
    { text, adds }: { text: string; adds: ReadonlyMap<string, number> },
    place: number,
  ): InputBundle => ({
    name: `bundle ${place + 1}`,
    body: Buffer.from(text),
    records: sum([...adds.values()]),
  });
  return {
    name: `a generated region of ${generatedPeople} people`,
    directory: [...region.directory()].map(toBundle),
    transactions: [...region.visits()].map(toBundle),
    parallel: 16,
  };
}

export const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

export const recordsOf = (bundles: readonly InputBundle[]): number =>
  sum(bundles.map(({ records }) => records));
