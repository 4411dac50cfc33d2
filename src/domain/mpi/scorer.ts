import { createComparer, fieldsOf } from './compare-records.js';
import { type Agreement, type FeatureRecord, type Schema, unknownChance } from './features.js';
import { frequenciesOf } from './frequencies.js';
import { type FieldModel, type MatchModel, posteriorOf } from './model.js';

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

/** Odds, in bits, of relatives below which they take nothing off: log2(1 + 2^-40) is under 2e-12. */
const leastRelatives = -40;

/** Logarithms of the probabilities of all levels, in tables of `stride` places a field. */
interface LevelWeights {
  readonly stride: number;
  readonly logM: Float64Array;
  readonly logU: Float64Array;
  readonly logR: Float64Array;
}

function weightsOf({ fields }: MatchModel): LevelWeights {
  const stride = Math.max(...fields.map(({ m }) => m.length));
  const tableOf = (probabilities: (field: FieldModel) => readonly number[]): Float64Array => {
    const table = new Float64Array(fields.length * stride);
    for (const [field, model] of fields.entries())
      table.set(probabilities(model).map(Math.log2), field * stride);
    return table;
  };
  return {
    stride,
    logM: tableOf(({ m }) => m),
    logU: tableOf(({ u }) => u),
    logR: tableOf(({ r }) => r ?? []),
  };
}

export function createScorer(schema: Schema, model: MatchModel): Scorer {
  const fields = fieldsOf(schema);
  if (model.schema !== schema.name || model.fields.length !== fields.length)
    throw new Error(`model ${model.version} was trained for the schema "${model.schema}"`);
  const comparer = createComparer(schema, frequenciesOf(model.terms));
  const { levels, logChances } = comparer.found;
  const { stride, logM, logU, logR } = weightsOf(model);
  const { relativesPrior = 0 } = model;
  const strangers = 1 - model.prior - relativesPrior;
  const priorWeight = Math.log2(model.prior / strangers);
  const relativesOdds = relativesPrior / strangers;
  const priorRelativesWeight = Math.log2(relativesOdds);

  /** log2 of the chance that strangers agree like this. */
  const surpriseAt = (field: number): number => {
    const logChance = logChances[field] ?? unknownChance;
    return logChance === unknownChance ? (logU[field * stride + (levels[field] ?? 0)] ?? 0) : logChance;
  };
  /** Match weight of what was compared last, and how much of it relatives take off. */
  function weigh(): { weight: number; relativesWeight: number } {
    let bits = 0;
    let relativesBits = 0;
    for (let field = 0; field < levels.length; field++) {
      const level = levels[field] ?? 0;
      if (level === 0) continue;
      const place = field * stride + level;
      const surprise = surpriseAt(field);
      bits += (logM[place] ?? 0) - surprise;
      relativesBits += (logR[place] ?? 0) - surprise;
    }
    const relativesWeight =
      relativesBits + priorRelativesWeight < leastRelatives
        ? 0
        : -Math.log2(1 + relativesOdds * 2 ** relativesBits);
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
