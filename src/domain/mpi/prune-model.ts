import { type TermCounts } from './frequencies.js';
import { type MatchModel } from './model.js';

/** Records that a term needs in order to stay: a name that few have, and a telephone of one family, point at somebody. */
const leastCounts: Readonly<Record<string, number>> = { phone: 10 };
const leastCount = 3;

/**
 * The model without the terms that could identify somebody: names of fewer than three records, telephones of fewer than
 * ten (an institution's remain). The model is to be pruned before it is kept or leaves the process. What is gone counts
 * as seen once, as an unknown term does; the terms stand in the order of their characters, so that nothing tells which
 * record came first.
 */
export const pruneModel = (model: MatchModel): MatchModel => ({
  ...model,
  terms: model.terms.map(pruneTerms),
});

function pruneTerms({ vocabulary, records, counts }: TermCounts): TermCounts {
  const least = leastCounts[vocabulary] ?? leastCount;
  const kept = Object.entries(counts).filter(([, count]) => count >= least);
  kept.sort(([one], [other]) => (one < other ? -1 : 1));
  return { vocabulary, records, counts: Object.fromEntries(kept) };
}
