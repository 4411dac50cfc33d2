import { type FeatureRecord, type Frequencies, type Schema } from './features.js';

/** How often each term of a vocabulary occurs: plain data, kept with the model. */
export interface TermCounts {
  readonly vocabulary: string;
  /** Records that hold a term of it. */
  readonly records: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Counts the terms of all records. */
export function countTerms(schema: Schema, records: readonly FeatureRecord[]): TermCounts[] {
  const tables = new Map<string, Map<string, number>>();
  for (const { values } of records) {
    for (const [place, comparison] of schema.comparisons.entries()) {
      const value = values[place];
      if (value === undefined || !comparison.terms) continue;
      for (const [vocabulary, term] of comparison.terms(value)) {
        const counts = tables.get(vocabulary) ?? new Map<string, number>();
        tables.set(vocabulary, counts.set(term, (counts.get(term) ?? 0) + 1));
      }
    }
  }
  return [...tables].map(([vocabulary, counts]) => ({
    vocabulary,
    records: [...counts.values()].reduce((sum, count) => sum + count, 0),
    counts: Object.fromEntries(counts),
  }));
}

export function frequenciesOf(tables: readonly TermCounts[]): Frequencies {
  const byVocabulary = new Map(
    tables.map(({ vocabulary, records, counts }) => [
      vocabulary,
      {
        once: Math.log2(1 / records),
        logShares: new Map(
          Object.entries(counts).map(([term, count]) => [term, Math.log2(count / records)] as const),
        ),
      },
    ]),
  );
  return {
    logShare(vocabulary, term) {
      const table = byVocabulary.get(vocabulary);
      return table ? (table.logShares.get(term) ?? table.once) : 0;
    },
  };
}
