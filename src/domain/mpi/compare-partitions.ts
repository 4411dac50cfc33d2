/** Two records of one person. */
export interface LinkedPair {
  readonly first: string;
  readonly second: string;
}

export interface LinkChange {
  /** All pairs. */
  readonly count: number;
  /** The first hundred of them. */
  readonly pairs: readonly LinkedPair[];
}

/** Pairs of records that one answer puts together and the other does not. */
export interface PartitionChange {
  /** Of one person after, not before. */
  readonly made: LinkChange;
  /** Of one person before, not after. */
  readonly broken: LinkChange;
}

/** Person by record. */
export type Partition = ReadonlyMap<string, string>;

const mostPairs = 100;

/**
 * What another model (or a steward's decision) would change: links after closure, made and broken. A record that only
 * one of the two knows is alone in the other. The names of the persons do not matter, only who is together.
 */
export const comparePartitions = (before: Partition, after: Partition): PartitionChange => ({
  made: linksOnlyIn(after, before),
  broken: linksOnlyIn(before, after),
});

/** Counted by group, as a person of a thousand records has half a million pairs. */
function linksOnlyIn(partition: Partition, other: Partition): LinkChange {
  let count = 0;
  const pairs: LinkedPair[] = [];
  for (const members of groupsOf(partition.keys(), (record) => partition.get(record))) {
    if (members.length < 2) continue;
    const parts = groupsOf(members, (record) => other.get(record));
    if (parts.length < 2) continue;
    count += pairsOf(members.length) - parts.reduce((sum, part) => sum + pairsOf(part.length), 0);
    listPairs(parts, pairs);
  }
  return { count, pairs };
}

const pairsOf = (size: number): number => (size * (size - 1)) / 2;

/** Records by what they are labelled with; one without a label stands alone. */
function groupsOf(records: Iterable<string>, labelOf: (record: string) => string | undefined): string[][] {
  const groups = new Map<string | symbol, string[]>();
  for (const record of records) {
    const label = labelOf(record) ?? Symbol();
    const group = groups.get(label);
    if (group) group.push(record);
    else groups.set(label, [record]);
  }
  return [...groups.values()];
}

/** Adds the pairs across the parts, as long as there are fewer than a hundred. */
function listPairs(parts: readonly (readonly string[])[], pairs: LinkedPair[]): void {
  for (const [place, part] of parts.entries()) {
    for (const first of part) {
      for (let next = place + 1; next < parts.length; next++) {
        for (const second of parts[next] ?? []) {
          if (pairs.length === mostPairs) return;
          pairs.push({ first, second });
        }
      }
    }
  }
}
