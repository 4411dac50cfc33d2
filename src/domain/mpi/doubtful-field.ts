import { type Schema } from './features.js';
import { type MatchModel } from './model.js';

/** Share of the pairs of one person that may disagree on a name or a birth date. */
const mostDisagreement = 0.5;

/**
 * A field that shows that a model took something else for one person: names or birth dates on which most of its pairs
 * disagree. Where hardly anybody has two records, expectation-maximisation finds relatives in their place, and a model
 * of these would link whole families.
 */
export function doubtfulField(model: MatchModel, { comparisons, corroborated }: Schema): string | undefined {
  const fields = corroborated.flatMap((place) => comparisons[place]?.fields ?? []);
  return fields.find(({ name, levels }) => {
    const m = model.fields.find((field) => field.name === name)?.m ?? [];
    const share = levels.reduce(
      (sum, { agreement }, level) => sum + (agreement === 'disagree' ? (m[level] ?? 0) : 0),
      0,
    );
    return share > mostDisagreement;
  })?.name;
}
