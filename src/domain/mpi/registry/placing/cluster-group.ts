import { clusterLinks, type Conflict, type DecidedPairs } from '../../cluster.js';
import type { FeatureRecord, Schema } from '../../features.js';
import { linkPosterior, reviewPosterior, weightOf } from '../../model.js';
import type { ScoredPairs } from '../../scored-pairs.js';
import type { Scorer } from '../../scorer.js';
import { isUnlikely } from '../../unlikely-agreement.js';
import { evidenceOf, type Member } from '../records/person.js';
import type { Review } from '../records/review-task.js';

export interface Group {
  readonly schema: Schema;
  readonly scorer: Scorer;
  /** Records that may be of one person, and the rest of the persons that they touch. */
  readonly records: readonly FeatureRecord[];
  readonly decided: DecidedPairs;
}

export interface GroupPartition {
  /** Members of each person. */
  readonly persons: readonly (readonly Member[])[];
  readonly reviews: readonly Review[];
}

interface Clustering {
  readonly group: Group;
  readonly partition: GroupPartition;
}

const last = new WeakMap<Scorer, Clustering>();

/**
 * Who of a group is one person: the same rules as for whole files, over all pairs of the group. Of one group several times
 * in a row worked out once: a decision places all records of its Persons, one after the other.
 */
export function clusterGroup(group: Group): GroupPartition {
  const known = last.get(group.scorer);
  if (known && isSameGroup(known.group, group)) return known.partition;
  const partition = partitionGroup(group);
  last.set(group.scorer, { group, partition });
  return partition;
}

const isSameGroup = (one: Group, other: Group): boolean =>
  one.schema === other.schema &&
  one.records.length === other.records.length &&
  one.records.every((record, place) => record === other.records[place]) &&
  isSamePairs(one.decided.together, other.decided.together) &&
  isSamePairs(one.decided.apart, other.decided.apart);

const isSamePairs = (one: DecidedPairs['apart'], other: DecidedPairs['apart']): boolean =>
  one.length === other.length &&
  one.every(([first, second], place) => first === other[place]?.[0] && second === other[place]?.[1]);

function partitionGroup(group: Group): GroupPartition {
  const { schema, scorer, records, decided } = group;
  const pairs = scoreAll(group);
  const nothing: FeatureRecord = { id: '', values: [], blockingKeys: [] };
  const at = (index = 0): FeatureRecord => records[index] ?? nothing;
  const { clusterOf, conflicts } = clusterLinks(pairs, {
    schema,
    records,
    threshold: linkWeight,
    weigh: (first, second) => pairs.weight[rowOf(first, second, records.length)] ?? -Infinity,
    isUnlikely: (row) =>
      isUnlikely(schema, scorer.explain(at(pairs.first[row]), at(pairs.second[row])).fields),
    decided,
  });
  const conflictOf = new Map(conflicts.map(({ row, conflict }) => [row, conflict]));
  return {
    persons: personsOf(group, { pairs, clusterOf }),
    reviews: reviewsOf(group, { pairs, clusterOf, conflictOf }),
  };
}

const linkWeight = weightOf(linkPosterior);
const reviewWeight = weightOf(reviewPosterior);
const sureWeight = weightOf(0.999);

function scoreAll({ records, scorer }: Group): ScoredPairs {
  const size = (records.length * (records.length - 1)) / 2;
  const pairs = {
    first: new Uint32Array(size),
    second: new Uint32Array(size),
    weight: new Float64Array(size),
  };
  let row = 0;
  for (const [first, record] of records.entries()) {
    for (const [later, other] of records.slice(first + 1).entries()) {
      pairs.first[row] = first;
      pairs.second[row] = first + 1 + later;
      pairs.weight[row++] = scorer.score(record, other);
    }
  }
  return pairs;
}

/** Where scoreAll puts a pair. */
function rowOf(one: number, other: number, size: number): number {
  const [first, second] = one < other ? [one, other] : [other, one];
  return first * size - (first * (first + 1)) / 2 + second - first - 1;
}

interface Clustered {
  readonly pairs: ScoredPairs;
  readonly clusterOf: Uint32Array;
}

function personsOf(group: Group, { pairs, clusterOf }: Clustered): Member[][] {
  const { records, decided } = group;
  const best = new Map<number, { readonly partner: number; readonly weight: number }>();
  const note = (index: number, partner: number, weight: number): void => {
    if (weight > (best.get(index)?.weight ?? -Infinity)) best.set(index, { partner, weight });
  };
  pairs.weight.forEach((weight, row) => {
    const [first = 0, second = 0] = [pairs.first[row], pairs.second[row]];
    if (clusterOf[first] !== clusterOf[second]) return;
    note(first, second, weight);
    note(second, first, weight);
  });
  const confirmed = new Set(
    decided.together.flatMap(([first, second]) =>
      clusterOf[first] === clusterOf[second] ? [first, second] : [],
    ),
  );
  const persons = new Map<number, Member[]>();
  for (const [index, record] of records.entries()) {
    const member = memberOf(group, { record, best: best.get(index), confirmed: confirmed.has(index) });
    const cluster = clusterOf[index] ?? index;
    const members = persons.get(cluster);
    if (members) members.push(member);
    else persons.set(cluster, [member]);
  }
  return [...persons.values()];
}

interface Place {
  readonly record: FeatureRecord;
  readonly best: { readonly partner: number; readonly weight: number } | undefined;
  readonly confirmed: boolean;
}

function memberOf({ records, scorer }: Group, { record, best, confirmed }: Place): Member {
  const partner = best && records[best.partner];
  if (!partner) return { patient: record.id, assurance: 1 };
  const assurance = confirmed ? 4 : best.weight >= sureWeight ? 3 : 2;
  return { patient: record.id, assurance, evidence: evidenceOf(scorer.explain(record, partner), partner.id) };
}

function reviewsOf(
  { records, decided }: Group,
  { pairs, clusterOf, conflictOf }: Clustered & { readonly conflictOf: ReadonlyMap<number, Conflict> },
): Review[] {
  const apart = new Set(decided.apart.map((pair) => pair.join()));
  const reviews: Review[] = [];
  pairs.weight.forEach((weight, row) => {
    const [first = 0, second = 0] = [pairs.first[row], pairs.second[row]];
    if (weight < reviewWeight || clusterOf[first] === clusterOf[second]) return;
    const conflict = conflictOf.get(row);
    if (conflict === 'kept apart' || apart.has(`${String(first)},${String(second)}`)) return;
    const [one, other] = [records[first], records[second]];
    if (one && other) reviews.push(reviewOf(one, other, { weight, ...(conflict && { conflict }) }));
  });
  return reviews;
}

/** Of two records, whatever their order. */
export function reviewOf(
  one: FeatureRecord,
  other: FeatureRecord,
  { weight, conflict }: { readonly weight: number; readonly conflict?: Conflict },
): Review {
  const [first = '', second = ''] = [one.id, other.id].sort();
  const posterior = Number((1 / (1 + 2 ** -weight)).toFixed(4));
  return { first, second, posterior, ...(conflict && { conflict }) };
}
