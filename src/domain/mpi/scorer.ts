import { createComparer, fieldsOf } from './compare-records.js';
import { type Agreement, type FeatureRecord, type Schema } from './features.js';
import { frequenciesOf } from './frequencies.js';
import { type MatchModel, posteriorOf } from './model.js';

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
  /** Bits taken off because relatives agree like this too; 0 where the model knows no households. */
  readonly relativesWeight: number;
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
  const logR = model.fields.map(({ r }) => Float64Array.from(r ?? [], Math.log2));
  const { relativesPrior = 0 } = model;
  const strangers = 1 - model.prior - relativesPrior;
  const priorWeight = Math.log2(model.prior / strangers);
  const relativesOdds = relativesPrior / strangers;

  /** log2 of the chance that strangers agree like this. */
  const surpriseAt = (field: number): number => {
    const chance = chances[field] ?? 0;
    return chance > 0 ? Math.log2(chance) : (logU[field]?.[levels[field] ?? 0] ?? 0);
  };
  /** Match weight of what was compared last, and how much of it relatives take off. */
  function weigh(): { weight: number; relativesWeight: number } {
    let [bits, relativesBits] = [0, 0];
    for (let field = 0; field < levels.length; field++) {
      const level = levels[field] ?? 0;
      if (level === 0) continue;
      const surprise = surpriseAt(field);
      bits += (logM[field]?.[level] ?? 0) - surprise;
      relativesBits += (logR[field]?.[level] ?? 0) - surprise;
    }
    const relativesWeight = relativesOdds === 0 ? 0 : -Math.log2(1 + relativesOdds * 2 ** relativesBits);
    return { weight: priorWeight + bits + relativesWeight, relativesWeight };
  }
  const explainField = (index: number): FieldExplanation => {
    const level = levels[index] ?? 0;
    const { name: field = '', levels: named = [] } = fields[index] ?? {};
    const { name = '', agreement = 'absent' } = named[level] ?? {};
    const m = model.fields[index]?.m[level] ?? 1;
    const surprise = surpriseAt(index);
    return { field, level: name, agreement, m, u: 2 ** surprise, weight: Math.log2(m) - surprise };
  };
  return {
    score(one, other) {
      comparer.compare(one, other);
      return weigh().weight;
    },
    explain(one, other) {
      comparer.compare(one, other);
      const { weight, relativesWeight } = weigh();
      return {
        model: model.version,
        priorWeight,
        fields: fields.map((_, index) => explainField(index)),
        relativesWeight,
        weight,
        posterior: posteriorOf(weight),
      };
    },
  };
}
