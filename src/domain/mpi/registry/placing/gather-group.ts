import type { DecidedPairs } from '../../cluster.js';
import { decidedPairs, saidBySource, standingDecisions, type StandingDecision } from '../records/decision.js';
import type { KnownPatient } from '../held/enrol-patient.js';
import { mostInGroup } from '../records/person-size.js';
import type { Person } from '../records/person.js';
import type { WorkingSet } from '../held/working-set.js';

/** Records that decisions and sources name are brought in, and what those name, so often. */
const rounds = 3;

export interface Gathering {
  /** The first is in the group whatever else is. */
  readonly seeds: readonly string[];
  /** Patients whose decisions are wanted too. */
  readonly watched: readonly string[];
  /** A Person that is too large for a group: the first seed counts as none of its records, and the others stay out. */
  readonly home: Person | undefined;
}

/** Records that may be of one person. */
export interface Gathered {
  readonly known: ReadonlyMap<string, KnownPatient>;
  readonly persons: readonly Person[];
  readonly decisions: readonly StandingDecision[];
}

/** The seeds, the other records of their persons, and whoever decisions and sources tie to them. */
export async function gatherGroup(set: WorkingSet, { seeds, watched, home }: Gathering): Promise<Gathered> {
  const [own] = seeds;
  const outside = new Set(home?.members.map(({ patient }) => patient).filter((id) => id !== own));
  const personsOf = async (ids: readonly string[]): Promise<readonly Person[]> =>
    (await set.personsOf(ids)).filter(({ id }) => id !== home?.id);
  const inside = seeds.filter((id) => !outside.has(id));
  let ids = await fitting(inside, personsOf);
  let known = new Map<string, KnownPatient>();
  let persons: readonly Person[] = [];
  let decisions: readonly StandingDecision[] = [];
  for (let round = 0; round < rounds; round++) {
    const touched = await personsOf([...ids]);
    for (const { members } of touched) for (const { patient } of members) ids.add(patient);
    // What was tied on brings too many with it: it stays out.
    if (round > 0 && ids.size > mostInGroup) break;
    persons = touched;
    decisions = await set.decisionsOf([...ids, ...watched]);
    // In one order whoever is placed, so that equal weights come out the same.
    known = new Map(await set.known([...ids].sort()));
    const tied = tiedTo(ids, decisions, known).filter((id) => !outside.has(id));
    if (tied.length === 0 || ids.size + tied.length > mostInGroup) break;
    ids = new Set([...ids, ...tied]);
  }
  return { known, persons, decisions };
}

/** The first seed, and of the others, the likeliest first, those whose persons have room beside it. */
async function fitting(
  seeds: readonly string[],
  personsOf: (ids: readonly string[]) => Promise<readonly Person[]>,
): Promise<Set<string>> {
  const all = new Set<string>();
  const without = new Set<string>();
  for (const seed of seeds) {
    const [person] = await personsOf([seed]);
    if (all.has(seed) || without.has(person?.id ?? '')) continue;
    const added = [seed, ...(person?.members.map(({ patient }) => patient) ?? [])].filter(
      (id) => !all.has(id),
    );
    if (all.size === 0 || all.size + new Set(added).size <= mostInGroup) for (const id of added) all.add(id);
    else if (person) without.add(person.id);
  }
  return all;
}

function tiedTo(
  ids: ReadonlySet<string>,
  decisions: readonly StandingDecision[],
  known: ReadonlyMap<string, KnownPatient>,
): string[] {
  const named = standingDecisions(decisions)
    .filter(({ kind, groups }) => kind === 'link' && groups.flat().some((id) => ids.has(id)))
    .flatMap(({ groups }) => groups.flat());
  const sources = [...known.values()].flatMap(({ sameAs }) => sameAs);
  return [...new Set([...named, ...sources])].filter((id) => !ids.has(id));
}

/** What sources say of their own records counts like a decision, the earliest of all. */
export function decideWithin({ known, decisions }: Gathered, ids: readonly string[]): DecidedPairs {
  const said = [...known].flatMap(([id, { sameAs }]) => saidBySource(id, sameAs));
  return decidedPairs(
    said.length > 0 ? [...said, ...decisions] : decisions,
    new Map(ids.map((id, place) => [id, place])),
  );
}
