import { type FeatureRecord, type Schema } from './features.js';
import { type ScoredPairs } from './scored-pairs.js';

/** Why two groups that a link would join stay apart. */
export type Conflict = 'distinctive value' | 'corroborated value' | 'needs a steward' | 'unlikely agreement';

export interface Clustering {
  /** Of each record: the lowest index in its cluster. */
  readonly clusterOf: Uint32Array;
  /** Pairs, as rows of the input, that reached the threshold and whose clusters were kept apart. */
  readonly conflicts: readonly { readonly row: number; readonly conflict: Conflict }[];
}

export interface ClusterOptions {
  readonly schema: Schema;
  readonly records: readonly FeatureRecord[];
  /** Match weight, in bits, from which a pair is a link. */
  readonly threshold: number;
  /** Whether a pair, by its row, agrees as hardly any pair of one person does. */
  readonly isUnlikely?: (row: number) => boolean;
}

/** What is known of a cluster, so that joining two reads no more than the smaller one's. */
interface Cluster {
  readonly members: number[];
  /** Values of which a person has one, by kind. */
  readonly distinctive: Map<string, string>;
}

/**
 * Joins records along their links, the strongest first (transitive closure), as long as no constraint forbids it:
 * - of a distinctive value (a verified id, the order of birth of a twin) a cluster holds one of each kind;
 * - two groups that are each sure of another birth date (two of its records bear it out) are two persons, whatever a
 *   single pair among them says: an error seldom happens twice in the same way;
 * - what only a steward may link, a record or a pair that agrees oddly, is not joined here.
 */
export function clusterLinks(pairs: ScoredPairs, options: ClusterOptions): Clustering {
  const { records, threshold } = options;
  const parents = Uint32Array.from(records, (_, index) => index);
  const clusters = records.map((record, index): Cluster => ({
    members: [index],
    distinctive: new Map(Object.entries(record.distinctive ?? {})),
  }));
  const conflicts: { row: number; conflict: Conflict }[] = [];
  for (const row of rowsByWeight(pairs, threshold)) {
    const [root, otherRoot] = [rootOf(parents, pairs.first[row]), rootOf(parents, pairs.second[row])];
    const [cluster, other] = [clusters[root], clusters[otherRoot]];
    if (root === otherRoot || !cluster || !other) continue;
    const conflict = options.isUnlikely?.(row) ? 'unlikely agreement' : findConflict(cluster, other, options);
    if (conflict) conflicts.push({ row, conflict });
    else {
      parents[Math.max(root, otherRoot)] = Math.min(root, otherRoot);
      const [low, high] = root < otherRoot ? [cluster, other] : [other, cluster];
      low.members.push(...high.members);
      for (const [kind, value] of high.distinctive) low.distinctive.set(kind, value);
    }
  }
  return { clusterOf: parents.map((_, index) => rootOf(parents, index)), conflicts };
}

function rowsByWeight({ weight }: ScoredPairs, threshold: number): number[] {
  const rows: number[] = [];
  weight.forEach((value, row) => {
    if (value >= threshold) rows.push(row);
  });
  return rows.sort((one, other) => (weight[other] ?? 0) - (weight[one] ?? 0));
}

/** The root of a record's tree; halves the path on the way. */
function rootOf(parents: Uint32Array, start = 0): number {
  let index = start;
  for (;;) {
    const parent = parents[index] ?? index;
    if (parent === index) return index;
    index = parents[index] = parents[parent] ?? parent;
  }
}

function findConflict(one: Cluster, other: Cluster, options: ClusterOptions): Conflict | undefined {
  for (const [kind, value] of one.distinctive) {
    const theirs = other.distinctive.get(kind);
    if (theirs !== undefined && theirs !== value) return 'distinctive value';
  }
  const { records, schema } = options;
  if ([one, other].some(({ members }) => members.some((index) => records[index]?.stewardOnly)))
    return 'needs a steward';
  const areTwo = schema.corroborated.some((place) =>
    areApart(corroborated(one, place, records), corroborated(other, place, records)),
  );
  return areTwo ? 'corroborated value' : undefined;
}

const areApart = (one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): boolean =>
  one.size > 0 && other.size > 0 && ![...one].some((value) => other.has(value));

/** Values of a feature that at least two of a cluster's records have in common. */
function corroborated({ members }: Cluster, place: number, records: readonly FeatureRecord[]): Set<unknown> {
  const [seen, twice] = [new Set<unknown>(), new Set<unknown>()];
  for (const index of members) {
    const value = records[index]?.values[place];
    if (value === undefined) continue;
    if (seen.has(value)) twice.add(value);
    seen.add(value);
  }
  return twice;
}
