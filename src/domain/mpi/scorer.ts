import { createComparer, fieldsOf } from './compare-records.js';
import { type Agreement, type FeatureRecord, type Schema } from './features.js';
import { frequenciesOf } from './frequencies.js';
import { type MatchModel, posteriorOf, weightOf } from './model.js';

export interface Scorer {
  /** Match weight in bits: log2 of the odds that the records are of one person. */
  score(one: FeatureRecord, other: FeatureRecord): number;
  explain(one: FeatureRecord, other: FeatureRecord): Explanation;
}

/** Why a pair has its weight. */
export interface Explanation {
  readonly model: string;
  /** Bits before anything is compared: how seldom two records are of one person. */
  readonly priorWeight: number;
  readonly fields: readonly FieldExplanation[];
  /** The sum, in bits. */
  readonly weight: number;
  readonly posterior: number;
}

export interface FieldExplanation {
  readonly field: string;
  readonly level: string;
  readonly agreement: Agreement;
  /** Probability of this level among pairs of one person. */
  readonly m: number;
  /** Among pairs of different persons, for these very values where their frequency is known. */
  readonly u: number;
  /** log2(m/u). */
  readonly weight: number;
}

export function createScorer(schema: Schema, model: MatchModel): Scorer {
  const fields = fieldsOf(schema);
  if (model.schema !== schema.name || model.fields.length !== fields.length)
    throw new Error(`model ${model.version} was trained for the schema "${model.schema}"`);
  const comparer = createComparer(schema, frequenciesOf(model.terms));
  const { levels, chances } = comparer.found;
  const logM = model.fields.map(({ m }) => Float64Array.from(m, Math.log2));
  const logU = model.fields.map(({ u }) => Float64Array.from(u, Math.log2));
  const priorWeight = weightOf(model.prior);

  const weightAt = (field: number): number => {
    const level = levels[field] ?? 0;
    const chance = chances[field] ?? 0;
    return (logM[field]?.[level] ?? 0) - (chance > 0 ? Math.log2(chance) : (logU[field]?.[level] ?? 0));
  };
  const explainField = (index: number): FieldExplanation => {
    const level = levels[index] ?? 0;
    const { name: field = '', levels: named = [] } = fields[index] ?? {};
    const { name = '', agreement = 'absent' } = named[level] ?? {};
    const [m, u] = [
      model.fields[index]?.m[level] ?? 1,
      chances[index] || (model.fields[index]?.u[level] ?? 1),
    ];
    return { field, level: name, agreement, m, u, weight: weightAt(index) };
  };
  return {
    score(one, other) {
      comparer.compare(one, other);
      let weight = priorWeight;
      for (let field = 0; field < levels.length; field++) weight += weightAt(field);
      return weight;
    },
    explain(one, other) {
      const weight = this.score(one, other);
      return {
        model: model.version,
        priorWeight,
        fields: fields.map((_, index) => explainField(index)),
        weight,
        posterior: posteriorOf(weight),
      };
    },
  };
}
