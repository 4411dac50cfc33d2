import { type FeatureRecord, type Schema } from './features.js';
import { groupPosterior, weightOf } from './model.js';
import { type ScoredPairs } from './scored-pairs.js';

/** Why two groups that a link would join stay apart. */
export type Conflict =
  | 'distinctive value'
  | 'corroborated value'
  | 'needs a steward'
  | 'unlikely agreement'
  | 'weak link of groups'
  | 'kept apart';

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
  /** Match weight of any two records, by their indexes, candidates or not. */
  readonly weigh: (first: number, second: number) => number;
  /** Whether a pair, by its row, agrees as hardly any pair of one person does. */
  readonly isUnlikely?: (row: number) => boolean;
  /** What people have decided of pairs, by their indexes: it stands over weights and every other rule. */
  readonly decided?: DecidedPairs;
}

export interface DecidedPairs {
  readonly together: readonly (readonly [number, number])[];
  /** Stand over `together` where both name a pair, be it by way of others. */
  readonly apart: readonly (readonly [number, number])[];
}

/** One value a kind, several only where people said that records with other values are of one person. */
type ValuesByKind = Map<string, ReadonlySet<string>>;

/** What is known of a cluster, so that joining two reads no more than the smaller one's. */
interface Cluster {
  readonly members: number[];
  /** Values of which a person has one, by kind. */
  readonly distinctive: ValuesByKind;
  readonly separating: ValuesByKind;
  /** Records that people keep apart from one of its members. */
  readonly apart: Set<number>;
}

/**
 * Joins records along their links, the strongest first (transitive closure), as long as no constraint forbids it:
 * - of a distinctive value (a verified id) or a separating one (the order of birth of a twin) a cluster holds one of
 *   each kind;
 * - two groups that are each sure of another name or birth date (two of its records bear it out) are two persons,
 *   whatever a single pair among them says, unless they share a distinctive value: an error seldom happens twice in the
 *   same way;
 * - a link below the posterior of groups needs the threshold from the mean weight of all pairs between the groups: one
 *   wrong link of groups makes many wrong pairs;
 * - what only a steward may link, a record or a pair that agrees oddly, is not joined here;
 * - what people decided comes first and stands.
 */
export function clusterLinks(pairs: ScoredPairs, options: ClusterOptions): Clustering {
  const { records, threshold, decided } = options;
  const parents = Uint32Array.from(records, (_, index) => index);
  const clusters = records.map(singleCluster);
  const known = knownOfPairs(options);
  const join = (root: number, otherRoot: number): void => {
    known.forget();
    parents[Math.max(root, otherRoot)] = Math.min(root, otherRoot);
    absorb(clusters[Math.min(root, otherRoot)], clusters[Math.max(root, otherRoot)]);
  };
  for (const [first, second] of decided?.apart ?? []) {
    clusters[first]?.apart.add(second);
    clusters[second]?.apart.add(first);
  }
  for (const [first, second] of decided?.together ?? []) {
    const [root, otherRoot] = [rootOf(parents, first), rootOf(parents, second)];
    if (root !== otherRoot && !areKeptApart(clusters[root], clusters[otherRoot])) join(root, otherRoot);
  }
  const conflicts: { row: number; conflict: Conflict }[] = [];
  for (const row of rowsByWeight(pairs, threshold)) {
    const [root, otherRoot] = [rootOf(parents, pairs.first[row]), rootOf(parents, pairs.second[row])];
    const [cluster, other] = [clusters[root], clusters[otherRoot]];
    if (root === otherRoot || !cluster || !other) continue;
    const conflict =
      (areKeptApart(cluster, other) && 'kept apart') ||
      (options.isUnlikely?.(row) && 'unlikely agreement') ||
      known.conflict(cluster, other) ||
      ((pairs.weight[row] ?? 0) < weakWeight && known.isBorneByFew(cluster, other) && 'weak link of groups');
    if (conflict) conflicts.push({ row, conflict });
    else join(root, otherRoot);
  }
  return { clusterOf: parents.map((_, index) => rootOf(parents, index)), conflicts };
}

const singleCluster = (record: FeatureRecord, index: number): Cluster => ({
  members: [index],
  distinctive: valuesOf(record.distinctive),
  separating: valuesOf(record.separating),
  apart: new Set(),
});

const valuesOf = (values: Readonly<Record<string, string>> = {}): ValuesByKind =>
  new Map(Object.entries(values).map(([kind, value]) => [kind, new Set([value])]));

function absorb(low: Cluster | undefined, high: Cluster | undefined): void {
  if (!low || !high) return;
  low.members.push(...high.members);
  addValues(low.distinctive, high.distinctive);
  addValues(low.separating, high.separating);
  for (const index of high.apart) low.apart.add(index);
}

function addValues(low: ValuesByKind, high: ValuesByKind): void {
  for (const [kind, values] of high) low.set(kind, new Set([...(low.get(kind) ?? []), ...values]));
}

const areKeptApart = (one: Cluster | undefined, other: Cluster | undefined): boolean =>
  one !== undefined && other !== undefined && other.members.some((index) => one.apart.has(index));

const weakWeight = weightOf(groupPosterior);

/**
 * What was found of pairs of clusters. Two groups that stay apart may have thousands of links between them, and each
 * answer costs as many comparisons; it stands until clusters are joined.
 */
function knownOfPairs(options: ClusterOptions) {
  const conflicts = new Map<string, Conflict | undefined>();
  const borneByFew = new Map<string, boolean>();
  const keyOf = (one: Cluster, other: Cluster): string =>
    [one, other]
      .map(({ members: [first = 0] }) => first)
      .sort((low, high) => low - high)
      .join();
  return {
    conflict(one: Cluster, other: Cluster): Conflict | undefined {
      const key = keyOf(one, other);
      if (!conflicts.has(key)) conflicts.set(key, findConflict(one, other, options));
      return conflicts.get(key);
    },
    isBorneByFew(one: Cluster, other: Cluster): boolean {
      const key = keyOf(one, other);
      const known = borneByFew.get(key) ?? isBorneByFew(one, other, options);
      borneByFew.set(key, known);
      return known;
    },
    forget(): void {
      conflicts.clear();
      borneByFew.clear();
    },
  };
}

/** Whether the mean weight of the pairs between groups is below the threshold; two single records have their link alone. */
function isBorneByFew({ members }: Cluster, other: Cluster, { weigh, threshold }: ClusterOptions): boolean {
  const size = members.length * other.members.length;
  if (size === 1) return false;
  let sum = 0;
  for (const first of members) for (const second of other.members) sum += weigh(first, second);
  return sum / size < threshold;
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

function findConflict(
  one: Cluster,
  other: Cluster,
  { records, schema }: ClusterOptions,
): Conflict | undefined {
  const ids = relate(one.distinctive, other.distinctive);
  if (ids === 'other' || relate(one.separating, other.separating) === 'other') return 'distinctive value';
  if ([one, other].some(({ members }) => members.some((index) => records[index]?.stewardOnly)))
    return 'needs a steward';
  if (ids === 'same') return undefined;
  const areTwo = schema.corroborated.some((place) =>
    areApart(corroborated(one, place, { records, schema }), corroborated(other, place, { records, schema })),
  );
  return areTwo ? 'corroborated value' : undefined;
}

/** `other` where a kind has values in both and none in common, else `same` where one has. */
function relate(one: ValuesByKind, other: ValuesByKind): 'same' | 'other' | 'none' {
  let relation: 'same' | 'none' = 'none';
  for (const [kind, values] of one) {
    const theirs = other.get(kind);
    if (!theirs) continue;
    if (![...values].some((value) => theirs.has(value))) return 'other';
    relation = 'same';
  }
  return relation;
}

const areApart = (one: ReadonlySet<string>, other: ReadonlySet<string>): boolean =>
  one.size > 0 && other.size > 0 && ![...one].some((key) => other.has(key));

/** Keys of a comparison that at least two of a cluster's records have in common. */
function corroborated(
  { members }: Cluster,
  place: number,
  { records, schema }: Pick<ClusterOptions, 'records' | 'schema'>,
): Set<string> {
  const [seen, twice] = [new Set<string>(), new Set<string>()];
  for (const index of members) {
    const value = records[index]?.values[place];
    const key = value === undefined ? undefined : schema.comparisons[place]?.key?.(value);
    if (key === undefined) continue;
    if (seen.has(key)) twice.add(key);
    seen.add(key);
  }
  return twice;
}
