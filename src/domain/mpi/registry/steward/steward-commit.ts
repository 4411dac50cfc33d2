import { fhirError } from '../../../../fhir/fhir-error.js';
import type { ResourceKey } from '../../../../fhir/key.js';
import type { Clock } from '../../../../ports/clock.js';
import type { Ids } from '../../../../ports/ids.js';
import type { Ingest } from '../../../../ports/ingest.js';
import type { Change, Guard, Position, Store, StoredVersion } from '../../../../ports/store.js';
import type { AuditTrail, StewardAction } from '../../../audit/index.js';
import { commitWrite, type WriteContext, type WritePlan } from '../../../records/index.js';
import type { Scorer } from '../../scorer.js';
import { decidedAfter, decidedCursor } from '../held/decided-position.js';
import { linkageText, namedByLinkage, readDecision, type DecisionRecord } from '../records/decision.js';
import { ownPut, pendingChanges, versionOf } from '../held/pending-changes.js';
import { countsPerson, type DomainRole } from '../held/person-authority.js';
import { placeDecided } from '../placing/place-decided.js';
import type { PlacingDeps } from '../placing/place-patient.js';
import { placingDeps } from '../placing/registrar.js';
import { findPersons } from '../held/stored-index.js';
import type { Held } from '../held/person-set.js';
import { createWorkingSet, type ReadingStore, type WorkingSet } from '../held/working-set.js';
import type { Person } from '../records/person.js';

/** At the domain a decision takes effect at once. Elsewhere it is written down and travels up. */
export interface StewardCommitDeps extends DomainRole {
  readonly store: ReadingStore & Pick<Store, 'commit' | 'cursor' | 'outcomeOf' | 'readVersion'>;
  readonly ingest: Pick<Ingest, 'prepare'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly audit: Pick<AuditTrail, 'written'>;
  readonly scorer: () => Promise<Scorer>;
}

/** 200: decided and in effect; 202: decided, and in effect when the identity domain has followed it. */
export interface StewardAnswer {
  readonly status: 200 | 202;
  /** What was written, or stands as it was: the Linkage, the Person, the Task. */
  readonly versions: readonly AnsweredVersion[];
}

export type AnsweredVersion = Pick<StoredVersion, 'key' | 'versionId' | 'body'>;

/** One look at the index, on which a decision is planned. */
export interface Look {
  readonly set: WorkingSet;
  readonly placing: PlacingDeps;
  /** Where decisions stood when it began. */
  readonly seen: Position | undefined;
}

/** What a steward decides, planned on one look at the index. */
export interface Proposal {
  readonly action: StewardAction;
  /** Whom the audit row names. */
  readonly target: ResourceKey;
  /** Absent where a Task alone is changed. */
  readonly decision?: { readonly record: DecisionRecord; readonly current: StoredVersion | undefined };
  /** Runs once the decision stands in the working set and everybody is placed: throws where it has no effect. */
  readonly check?: () => Promise<void>;
  /** It has no effect yet: whom it names is not in the index so far. */
  readonly deferred?: boolean;
  /** Persons on whose state it rests, beside those of the Patients that the decision names. */
  readonly persons?: readonly Held<Person>[];
  /** Resources that the answer shows, beside the Linkage. */
  readonly shown: readonly ResourceKey[];
}

/** Plans on a fresh look and commits, again where somebody came between. */
export function commitProposal(
  deps: StewardCommitDeps,
  context: WriteContext,
  propose: (look: Look) => Promise<Proposal>,
): Promise<StewardAnswer> {
  return commitWrite(deps, context, {
    plan: async () => {
      const look = await lookAt(deps);
      return planProposal(deps, context, { look, proposal: await propose(look) });
    },
    replay: async (outcomes) => ({
      status: outcomes[0]?.status === 202 ? 202 : 200,
      versions: await Promise.all(outcomes.map((outcome) => versionAt(deps, outcome))),
    }),
  });
}

/** What a proposal would make of a fresh look, in its working set; nothing is stored. Throws as the proposal does. */
export async function foreseeProposal(
  deps: StewardCommitDeps,
  context: WriteContext,
  propose: (look: Look) => Promise<Proposal>,
): Promise<Planned> {
  const look = await lookAt(deps);
  const planned = { look, proposal: await propose(look) };
  await enact(deps, context, planned);
  return planned;
}

export interface Planned {
  readonly look: Look;
  readonly proposal: Proposal;
}

async function lookAt(deps: StewardCommitDeps): Promise<Look> {
  // Read before anything else: what is decided after it makes the commit fail.
  const seen = await deps.store.cursor(decidedCursor);
  const placing = placingDeps(deps, await deps.scorer());
  return { set: createWorkingSet(deps.store, countsPerson(deps)), placing, seen };
}

/** Lets a proposal stand in the working set of its look. */
async function enact(
  deps: StewardCommitDeps,
  context: WriteContext,
  { look, proposal: { decision, check } }: Planned,
): Promise<Decided | undefined> {
  const linkage = decision && (await decide(deps, { context, look }, decision));
  await check?.();
  return linkage;
}

async function planProposal(
  deps: StewardCommitDeps,
  context: WriteContext,
  planned: Planned,
): Promise<WritePlan<StewardAnswer>> {
  const { look, proposal } = planned;
  const { action, target, decision, shown, persons = [], deferred = false } = proposal;
  const linkage = await enact(deps, context, planned);
  const effect = deps.isDomain ? await pendingChanges(deps, look.set) : nothing;
  const status = (deps.isDomain && !deferred) || !decision ? 200 : 202;
  const held = await deps.store.read(shown);
  const versions = [
    ...(linkage ? [linkage.version] : []),
    ...shown.flatMap((key, place) => effect.versions.get(`${key.type}/${key.id}`) ?? held[place] ?? []),
  ];
  const at = linkage?.version.lastUpdated ?? new Date(deps.clock.now()).toISOString();
  const { principal, requestId } = context;
  return {
    changes: [
      ...(linkage?.changes ?? []),
      ...effect.changes,
      decidedAfter(look.seen),
      deps.audit.written({ action, principal, key: target, status, requestId, at }),
    ],
    guards: [
      ...guardsOf([...persons, ...(linkage?.persons ?? [])], effect.versions),
      ...(linkage?.alone ?? []),
    ],
    outcomes: versions.map(({ key, versionId }) => ({ key, versionId, status })),
    answer: { status, versions },
  };
}

const nothing: Awaited<ReturnType<typeof pendingChanges>> = { changes: [], versions: new Map() };

interface Decided {
  readonly version: StoredVersion;
  readonly changes: readonly Change[];
  /** Whom the Patients were of before. */
  readonly persons: readonly Held<Person>[];
  /** Hold while Patients that were of nobody stay so. */
  readonly alone: readonly Guard[];
}

const tooLarge = 'One decision may name 2,000 records and 250,000 pairs of them';

/** Writes the Linkage, later than every decision on the same Patients, and places them by it. */
async function decide(
  deps: StewardCommitDeps,
  { context, look: { set, placing } }: { readonly context: WriteContext; readonly look: Look },
  { record, current }: NonNullable<Proposal['decision']>,
): Promise<Decided> {
  const named = [record.groups, ...(current?.body ? [namedByLinkage(current.body)] : [])];
  const patients = named.flat(2);
  const persons = await Promise.all((await set.personsOf(patients)).map(({ id }) => set.heldPerson(id)));
  const placed = new Set(
    persons.flatMap((person) => person?.value.members ?? []).map(({ patient }) => patient),
  );
  const instants = (await set.decisionsOf(patients)).map(({ at }) => at).sort();
  const put = await ownPut(deps, {
    type: 'Linkage',
    id: record.id,
    text: linkageText(record),
    current,
    by: context.principal,
    after: instants.at(-1) ?? '',
  });
  const version = put === 'unchanged' ? current : versionOf(put, deps);
  if (!version) throw new Error('a new decision was taken for an old one');
  const standing = readDecision(version);
  if (record.active && !standing) throw fhirError('business-rule', 'too-costly', tooLarge);
  set.decide(record.id, standing);
  if (deps.isDomain) await placeDecided(set, placing, named);
  return {
    version,
    changes: put === 'unchanged' ? [] : [put],
    persons: persons.filter((person) => person !== undefined),
    alone: deps.isDomain ? await stayAlone(deps, new Set(patients.filter((id) => !placed.has(id)))) : [],
  };
}

/** Persons that a decision rests on and does not change must still be what they were. */
function guardsOf(persons: readonly Held<Person>[], written: ReadonlyMap<string, StoredVersion>): Guard[] {
  return persons.flatMap(({ current }): Guard[] => {
    if (!current || written.has(`Person/${current.key.id}`)) return [];
    return [{ kind: 'unchanged', key: current.key, versionId: current.versionId }];
  });
}

/** Nobody gives one of the Patients a Person in between. Such as don't count may list it. */
function stayAlone(deps: StewardCommitDeps, patients: ReadonlySet<string>): Promise<Guard[]> {
  const counts = countsPerson(deps);
  const guardOf = async (patient: string): Promise<Guard> => ({
    kind: 'matches-exactly',
    query: {
      type: 'Person',
      where: { kind: 'param', code: 'link', test: { kind: 'reference', target: `Patient/${patient}` } },
      sort: { by: 'first-arrival', descending: false },
      limit: 1,
      total: 'none',
    },
    keys: (await findPersons(deps.store, [patient]))
      .filter((version) => !counts(version))
      .map(({ key }) => key),
  });
  return Promise.all([...patients].map(guardOf));
}

async function versionAt(
  { store }: StewardCommitDeps,
  { key, versionId }: { readonly key: ResourceKey; readonly versionId: number },
): Promise<AnsweredVersion> {
  const version = await store.readVersion(key, versionId);
  if (version) return version;
  throw fhirError('gone', 'deleted', 'What the first request wrote is no longer held');
}
