import { fhirError } from '../../../fhir/fhir-error.js';
import { dayOf, dayText } from '../../../fhir/instant.js';
import type { Clock } from '../../../ports/clock.js';
import type { Store, StoredVersion } from '../../../ports/store.js';
import type { FeatureRecord } from '../features.js';
import { readIdentity } from '../identity/index.js';
import { linkPosterior, posteriorOf, reviewPosterior, weightOf, type MatchModel } from '../model.js';
import { patientFeatures } from '../patient/patient-features.js';
import { patientSchema } from '../patient/patient-schema.js';
import type { Scorer } from '../scorer.js';
import { clusterGroup } from './placing/cluster-group.js';
import { decidedPairs } from './records/decision.js';
import { countsPerson, type DomainRole } from './held/person-authority.js';
import type { Person } from './records/person.js';
import { createScaledScorer } from './models/scaled-scorer.js';
import { isUnlikely } from '../unlikely-agreement.js';
import { createWorkingSet, type ReadingStore, type WorkingSet } from './held/working-set.js';

export interface PersonIndexDeps extends DomainRole {
  readonly store: ReadingStore & Pick<Store, 'countEnrolled'>;
  readonly clock: Clock;
  readonly model: () => Promise<MatchModel>;
}

/** What a node can say of who is who, from the Persons it holds and, where there is none yet, from its own candidates. */
export interface PersonIndex {
  /** The person of a Patient that is held here. Throws FhirError `not-found` for one that is not. */
  personOf(patient: string): Promise<PersonAnswer>;
  /** The Person that an id stands for today: merged-away ids are followed. Throws FhirError `not-found`. */
  resolve(person: string): Promise<Person>;
  /** Patients that may be the one described, the likeliest first. Throws `business-rule` where it says nothing to match on. */
  match(patient: unknown, options: MatchOptions): Promise<MatchAnswer>;
}

export interface PersonAnswer {
  /** Absent: no Person has come yet. Of a provisional answer the one that the Patient is likely to join. */
  readonly person?: Person;
  /** Ids of all Patients of the person, the asked one included. */
  readonly patients: readonly string[];
  /** Answered from this node's own candidates; a record that says nothing to match on is of nobody, and finally so. */
  readonly provisional: boolean;
}

export interface MatchAnswer {
  readonly matches: readonly MatchedPatient[];
  /** A record that is likely to be meant has no Person yet. */
  readonly provisional: boolean;
}

export interface MatchOptions {
  /** Only where one person alone is certain: its records. */
  readonly onlyCertain: boolean;
  readonly count: number;
}

export interface MatchedPatient {
  readonly patient: StoredVersion;
  /** Posterior, 0 to 1. */
  readonly score: number;
  /** http://hl7.org/fhir/R4/valueset-match-grade.html */
  readonly grade: 'certain' | 'probable' | 'possible';
  /** Id of the Person, absent where there is none yet. */
  readonly person?: string;
}

const certainPosterior = 0.99;

export function createPersonIndex(deps: PersonIndexDeps): PersonIndex {
  const scorer = createScaledScorer(deps.store, deps.model);
  // Nothing is kept between two questions: other processes write.
  const read = (): WorkingSet => createWorkingSet(deps.store, countsPerson(deps));
  return {
    personOf: async (patient) => findPerson(read(), await scorer(), patient),
    resolve: (person) => resolvePerson(read(), person),
    match: async (patient, options) =>
      matchPatient(deps, { set: read(), scorer: await scorer() }, { patient, options }),
  };
}

const notHere = (): Error =>
  fhirError('not-found', 'not-found', 'No such Patient is registered at this node');
const mostHops = 100;

async function resolvePerson(set: WorkingSet, id: string): Promise<Person> {
  let person = await set.person(id);
  for (let hop = 0; person?.mergedInto !== undefined && hop < mostHops; hop++) {
    person = await set.person(person.mergedInto);
  }
  if (person) return person;
  throw fhirError('not-found', 'not-found', 'No such Person at this node');
}

async function findPerson(set: WorkingSet, scorer: Scorer, patient: string): Promise<PersonAnswer> {
  const [person] = await set.personsOf([patient]);
  if (person) {
    return { person, patients: person.members.map((member) => member.patient), provisional: false };
  }
  const own = (await set.known([patient])).get(patient);
  if (!own) throw notHere();
  const near = await nearRecords(set, { own: own.record, keys: await set.keysOf(patient) });
  const strong = [...near.values()].filter((record) => scorer.score(own.record, record) >= linkWeight);
  const groups = await groupsOf({ set, scorer }, [own.record, ...strong]);
  const group = groups.find((one) => one.includes(patient)) ?? [patient];
  return { ...(await joined(set, group)), provisional: own.matchable || group.length > 1 };
}

/** A group that meets one Person is likely to join it; of which of two it is, only the identity domain can say. */
async function joined(set: WorkingSet, group: readonly string[]): Promise<Omit<PersonAnswer, 'provisional'>> {
  const persons = await set.personsOf(group);
  const placed = new Set(persons.flatMap(({ members }) => members.map(({ patient }) => patient)));
  const [person] = persons;
  if (!person || persons.length > 1) return { patients: group.filter((id) => !placed.has(id)) };
  return { person, patients: [...new Set([...group, ...placed])] };
}

/** Who of some records is one person, as far as this node can tell. */
async function groupsOf({ set, scorer }: Asking, records: readonly FeatureRecord[]): Promise<string[][]> {
  const ids = records.map(({ id }) => id);
  const decisions = await set.decisionsOf(ids);
  const decided = decidedPairs(decisions, new Map(ids.map((id, place) => [id, place])));
  const { persons } = clusterGroup({ schema: patientSchema, scorer, records, decided });
  return persons.map((members) => members.map(({ patient }) => patient));
}

const linkWeight = weightOf(linkPosterior);

async function nearRecords(
  set: WorkingSet,
  { own, keys }: { readonly own: FeatureRecord; readonly keys: readonly string[] },
): Promise<Map<string, FeatureRecord>> {
  const found = await set.candidates(keys);
  const known = await set.known([...found].filter((id) => id !== own.id));
  return new Map([...known].map(([id, { record }]) => [id, record]));
}

interface Asking {
  readonly set: WorkingSet;
  readonly scorer: Scorer;
}

async function matchPatient(
  { store, clock }: PersonIndexDeps,
  asking: Asking,
  { patient, options }: { readonly patient: unknown; readonly options: MatchOptions },
): Promise<MatchAnswer> {
  const { set, scorer } = asking;
  const own = patientFeatures('', readIdentity(patient, dayText(dayOf(clock.now()))));
  if (own.blockingKeys.length === 0) {
    throw fhirError('business-rule', 'business-rule', {
      diagnostics: 'The Patient says nothing that could be matched on',
      expression: 'Patient',
    });
  }
  const near = await nearRecords(set, { own, keys: own.blockingKeys });
  const scored = [...near.values()]
    .map((record) => scoreOf(scorer, own, record))
    .filter(({ score }) => score >= reviewPosterior)
    .sort((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1));
  const personOf = new Map(
    (await set.personsOf(scored.map(({ id }) => id))).flatMap(({ id, members }) =>
      members.map((member) => [member.patient, id] as const),
    ),
  );
  const likely = scored.filter((one) => gradeOf(one) !== 'possible');
  const chosen = options.onlyCertain ? await onlyCertain(asking, likely, personOf) : scored;
  const asked = chosen.slice(0, options.count);
  const versions = await store.read(asked.map(({ id }) => ({ type: 'Patient', id })));
  const matches = asked.flatMap((one, place): MatchedPatient[] => {
    const version = versions[place];
    if (!version || version.deleted) return [];
    const person = personOf.get(one.id);
    return [
      {
        patient: version,
        score: one.score,
        grade: gradeOf(one),
        ...(person === undefined ? {} : { person }),
      },
    ];
  });
  return {
    matches,
    provisional: likely.some(({ id }) => !personOf.has(id)),
  };
}

interface Scored {
  readonly id: string;
  readonly score: number;
  readonly record: FeatureRecord;
  /** Agrees on too little, or oddly: whatever its score, it is for a human to say. */
  readonly unlikely: boolean;
}

function scoreOf(scorer: Scorer, own: FeatureRecord, record: FeatureRecord): Scored {
  const score = posteriorOf(scorer.score(own, record));
  const unlikely = score >= linkPosterior && isUnlikely(patientSchema, scorer.explain(own, record).fields);
  return { id: record.id, score, record, unlikely };
}

function gradeOf({ score, unlikely }: Scored): MatchedPatient['grade'] {
  if (score < linkPosterior || unlikely) return 'possible';
  return score >= certainPosterior ? 'certain' : 'probable';
}

/** Nothing where a second person is as likely as that it could be meant. */
async function onlyCertain(
  asking: Asking,
  likely: readonly Scored[],
  personOf: ReadonlyMap<string, string>,
): Promise<readonly Scored[]> {
  const persons = new Set(likely.map(({ id }) => personOf.get(id) ?? ''));
  const isOne = persons.size === 1 && !persons.has('');
  if (!isOne && !(await isOnePerson(asking, likely, personOf))) return [];
  return likely.filter((one) => gradeOf(one) === 'certain');
}

/** Of records of which some have no Person yet. */
async function isOnePerson(
  asking: Asking,
  likely: readonly Scored[],
  personOf: ReadonlyMap<string, string>,
): Promise<boolean> {
  const persons = new Set(likely.flatMap(({ id }) => personOf.get(id) ?? []));
  if (persons.size > 1 || likely.every(({ id }) => personOf.has(id))) return false;
  const groups = await groupsOf(
    asking,
    likely.map(({ record }) => record),
  );
  return groups.length === 1;
}
