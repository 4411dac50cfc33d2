import { type Candidates } from './candidates.js';
import { comparePairs, type ComparedPairs } from './compared-pairs.js';
import { createComparer, fieldsOf, type RecordComparer } from './compare-records.js';
import { expectationMaximisation } from './expectation-maximisation.js';
import { type FeatureRecord, type Field, type Schema } from './features.js';
import { countTerms, frequenciesOf } from './frequencies.js';
import { type MatchModel } from './model.js';
import { type Probabilities, sharesOf } from './probabilities.js';

export interface TrainingData {
  readonly schema: Schema;
  readonly records: readonly FeatureRecord[];
  readonly candidates: Candidates;
  /** Where the second of two files begins; without it pairs are taken within one. */
  readonly boundary?: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** What the model will be called. */
  readonly version: string;
}

const randomPairs = 300_000;
/** Share of the pairs of one person that deterministic rules are taken to find: where EM begins, not what it ends with. */
const foundByRules = 0.6;
/** Where EM begins: of a hundred pairs of one person, how many are at a level of this agreement. */
const firstGuess = { exact: 80, near: 8, far: 4, disagree: 8, absent: 0 } as const;

/**
 * Learns a model from records without labels: term frequencies by counting, u from random pairs, the first prior from
 * deterministic rules, m and the prior by expectation-maximisation over the candidates.
 */
export function train(data: TrainingData): MatchModel {
  const { schema, records, candidates, version } = data;
  const fields = fieldsOf(schema);
  const terms = countTerms(schema, records);
  const comparer = createComparer(schema, frequenciesOf(terms));
  const u = estimateU(data, comparer);
  const pairs = comparePairs(candidates, records, comparer);
  const possiblePairs = countPossiblePairs(data);
  const prior = countByRules(schema, pairs) / foundByRules / possiblePairs;
  const { same, relatives } = expectationMaximisation(pairs, {
    same: {
      prior,
      levels: fields.map(({ levels }) => sharesOf(levels.map(({ agreement }) => firstGuess[agreement]))),
    },
    ...(schema.relatives && { relatives: { prior, levels: guessRelatives(fields, schema.relatives) } }),
    u,
    possiblePairs,
  });
  return {
    version,
    schema: schema.name,
    records: records.length,
    prior: same.prior,
    ...(relatives && { relativesPrior: relatives.prior }),
    fields: fields.map(({ name }, field) => ({
      name,
      m: same.levels[field] ?? [],
      u: u[field] ?? [],
      ...(relatives && { r: relatives.levels[field] ?? [] }),
    })),
    terms,
  };
}

/** Exact as often as the schema says, the rest shared evenly; no guess for what it leaves out. */
function guessRelatives(fields: readonly Field[], exact: Readonly<Record<string, number>>): Probabilities {
  return fields.map(({ name, levels }) => {
    const share = exact[name] ?? 1 / (levels.length - 1);
    const others = (1 - share) / (levels.length - 2);
    return sharesOf(levels.map(({ agreement }) => 100 * (agreement === 'exact' ? share : others)));
  });
}

function countPossiblePairs({ records: { length }, boundary }: TrainingData): number {
  return boundary === undefined ? (length * (length - 1)) / 2 : boundary * (length - boundary);
}

/** Shares of the levels among random pairs, of which hardly any is of one person. */
function estimateU(
  { records, boundary, random, schema }: TrainingData,
  comparer: RecordComparer,
): Probabilities {
  const counts = fieldsOf(schema).map(({ levels }) => levels.map(() => 0));
  const below = (end: number): number => Math.floor(random() * end);
  for (let round = 0; round < randomPairs; round++) {
    const index = below(boundary ?? records.length);
    const other =
      boundary === undefined ? below(records.length) : boundary + below(records.length - boundary);
    const [one, two] = [records[index], records[other]];
    if (index === other || !one || !two) continue;
    comparer.compare(one, two);
    counts.forEach((sums, field) => {
      const level = comparer.found.levels[field] ?? 0;
      sums[level] = (sums[level] ?? 0) + 1;
    });
  }
  return counts.map(sharesOf);
}

/** Candidates for which all fields of a rule are exact; at least one, so that EM has a prior to begin with. */
function countByRules(schema: Schema, { width, size, levels }: ComparedPairs): number {
  const fields = fieldsOf(schema);
  const rules = schema.rules.map((rule) =>
    rule.map((name) => fields.findIndex((field) => field.name === name)),
  );
  const isExact = (row: number, field: number): boolean =>
    agreementAt(fields, field, levels[row * width + field] ?? 0) === 'exact';
  let count = 0;
  for (let row = 0; row < size; row++) {
    if (rules.some((rule) => rule.every((field) => isExact(row, field)))) count++;
  }
  return Math.max(1, count);
}

const agreementAt = (fields: readonly Field[], field: number, level: number): string | undefined =>
  fields[field]?.levels[level]?.agreement;
