import type { StoredVersion } from '../../../../ports/store.js';
import type { Scorer } from '../../scorer.js';
import { readDecision, standingPairs, type StandingPair } from '../records/decision.js';
import { knownFrom } from '../held/enrol-patient.js';
import { findDecisions, linkagePages } from '../held/stored-index.js';
import type { ReadingStore } from '../held/working-set.js';

/**
 * Every pair that a human decided and whose Patients are still registered, for training: NDJSON in chunks, a line
 * `{"first","second","label":"link"|"non-link","levels":{"given":"exact",…}}` a pair, of a decision that was replaced
 * the one that stands. Ids only, no names.
 */
export async function* exportLabels(
  store: ReadingStore,
  scorer: () => Promise<Scorer>,
): AsyncGenerator<string, void> {
  for await (const versions of linkagePages(store)) {
    for (const version of versions) {
      const lines = await linesOf(store, await scorer(), await pairsOf(store, version));
      if (lines !== '') yield lines;
    }
  }
}

/** Pairs for which this Linkage is the one that stands: so each pair comes once. */
async function pairsOf(store: ReadingStore, version: StoredVersion): Promise<StandingPair[]> {
  const decision = readDecision(version);
  if (!decision) return [];
  const decisions = await findDecisions(store, decision.groups.flat());
  return [...standingPairs(decisions).values()].filter((pair) => pair.decision.id === decision.id);
}

async function linesOf(store: ReadingStore, scorer: Scorer, pairs: readonly StandingPair[]): Promise<string> {
  const ids = [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
  const rows = ids.length === 0 ? [] : await store.enrolled(ids);
  const records = new Map(
    rows.flatMap((row, place) => {
      const id = ids[place] ?? '';
      return row ? [[id, knownFrom(id, row).record] as const] : [];
    }),
  );
  let lines = '';
  for (const { first, second, decision } of pairs) {
    const [one, other] = [records.get(first), records.get(second)];
    if (!one || !other) continue;
    const levels = scorer.explain(one, other).fields.map(({ field, level }) => [field, level]);
    const label = { first, second, label: decision.kind, levels: Object.fromEntries(levels) as unknown };
    lines += `${JSON.stringify(label)}\n`;
  }
  return lines;
}
