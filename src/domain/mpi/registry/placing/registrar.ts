import { dayOf, dayText } from '../../../../fhir/instant.js';
import type { Clock } from '../../../../ports/clock.js';
import type { Ids } from '../../../../ports/ids.js';
import type { Ingest } from '../../../../ports/ingest.js';
import type { Change, Position, Store, StoredVersion } from '../../../../ports/store.js';
import type { MatchModel } from '../../model.js';
import { patientSchema } from '../../patient/patient-schema.js';
import type { Scorer } from '../../scorer.js';
import { decidedCursor, undecidedSince } from '../held/decided-position.js';
import { namedByLinkage } from '../records/decision.js';
import { enrolPatient, knownFrom } from '../held/enrol-patient.js';
import { pendingChanges } from '../held/pending-changes.js';
import { countsPerson, type DomainRole } from '../held/person-authority.js';
import { namingPatients } from './naming-patients.js';
import { placeDecided } from './place-decided.js';
import { placePatient, type PlacingDeps } from './place-patient.js';
import { replacedPatients } from '../held/replaced-patients.js';
import { createScaledScorer } from '../models/scaled-scorer.js';
import { dropOverlay, suspectOverlay } from './suspect-overlay.js';
import { createWorkingSet, type WorkingSet } from '../held/working-set.js';

/** A domain makes Persons; other nodes only enrol. */
export interface RegistrarDeps extends DomainRole {
  readonly store: Pick<
    Store,
    | 'blocks'
    | 'enrolled'
    | 'search'
    | 'read'
    | 'readVersion'
    | 'history'
    | 'commit'
    | 'cursor'
    | 'countEnrolled'
  >;
  readonly ingest: Pick<Ingest, 'prepare'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly model: () => Promise<MatchModel>;
}

/** Follows versions, in the order of the log. One at a time works on a store. */
export interface Registrar {
  /**
   * Takes versions into the working set; nothing is stored before `commit`. Older versions of a Patient than its
   * current one say nothing: the current one comes later in the log. `again`: Patients are placed whether or not they
   * say anything new, since the model is another one.
   */
  follow(versions: readonly StoredVersion[], how?: Following): Promise<Followed>;
  /** Stores what waits together with the position and what else is given. False: somebody came between, follow again. */
  commit(cursor: Extract<Change, { kind: 'move-cursor' }>, beside?: readonly Change[]): Promise<boolean>;
  /** Something waits for a commit. */
  readonly waiting: boolean;
  readonly figures: RegistrarFigures;
  /** Forgets what was read and what waits. */
  reset(): void;
}

export interface Following {
  readonly again?: boolean;
  /** They were enrolled while this node was not the domain: what they say is known, and nobody was placed by it. */
  readonly enrolledBefore?: boolean;
  /** Asked between two versions: true leaves the others for the next time. */
  readonly isEnough?: () => boolean;
  /** Ends a version that names hundreds of Patients in the middle: `follow` throws, and is to be asked again. */
  readonly signal?: AbortSignal;
}

export interface Followed {
  /** How many of the versions were looked at: fewer than given where it was enough. */
  readonly read: number;
  /** Those of them whose records are placed, or whose decisions are heeded, by what waits now. */
  readonly taken: readonly StoredVersion[];
}

export interface RegistrarFigures {
  /** Patient versions taken since the start. */
  registered: number;
  /** Blocks that held too many records to be compared. */
  cutBlocks: number;
  /** How often records were kept out of a Person that is full. */
  timesFull: number;
}

/** Types of versions that the index follows. */
export const followedTypes: ReadonlySet<string> = new Set(['Patient', 'Linkage', 'Person']);

export function createRegistrar(deps: RegistrarDeps): Registrar {
  const set = createWorkingSet(deps.store, countsPerson(deps));
  const scorer = createScaledScorer(deps.store, deps.model);
  const figures: RegistrarFigures = { registered: 0, cutBlocks: 0, timesFull: 0 };
  /** Where decisions stood when the working set was begun. */
  let begun: { readonly decided: Position | undefined } | undefined;
  const reset = (): void => {
    set.reset();
    begun = undefined;
  };
  return {
    figures,
    get waiting() {
      return set.waiting;
    },
    async follow(versions, { again = false, enrolledBefore = false, isEnough, signal } = {}) {
      begun ??= { decided: await deps.store.cursor(decidedCursor) };
      const placing = { ...placingDeps(deps, await scorer()), ...(signal ? { signal } : {}) };
      const current = await currentOf(deps.store, versions);
      const taken: StoredVersion[] = [];
      for (const [read, version] of versions.entries()) {
        if (read > 0 && isEnough?.()) return { read, taken };
        if (version.key.type === 'Person') set.sawPerson(version);
        else if (version.key.type === 'Linkage') {
          if (again) continue;
          if (deps.isDomain) await followLinkage(deps, { set, placing }, version);
          taken.push(version);
        } else if (current.get(version.key.id)?.versionId === version.versionId) {
          await followPatient(deps, { set, placing, anew: again || enrolledBefore }, version);
          taken.push(version);
          figures.registered++;
        }
        // Requests come between two registrations.
        await new Promise((resolve) => setImmediate(resolve));
      }
      return { read: versions.length, taken };
    },
    async commit(cursor, beside = []) {
      const { cutBlocks, timesFull } = set;
      const { changes, versions } = await pendingChanges(deps, set);
      const undecided = undecidedSince(begun?.decided);
      const result = await deps.store.commit({
        changes: [...changes, undecided, ...beside, cursor],
        guards: [],
      });
      if (!result.ok) {
        reset();
        return false;
      }
      begun = { decided: undecided.to };
      set.committed(versions);
      figures.cutBlocks += cutBlocks;
      figures.timesFull += timesFull;
      return true;
    },
    reset,
  };
}

export const placingDeps = (
  { clock, ids }: Pick<RegistrarDeps, 'clock' | 'ids'>,
  scorer: Scorer,
): PlacingDeps => ({
  schema: patientSchema,
  scorer,
  newId: () => ids.uuid(),
  now: () => new Date(clock.now()).toISOString(),
});

async function currentOf(
  store: RegistrarDeps['store'],
  versions: readonly StoredVersion[],
): Promise<Map<string, StoredVersion>> {
  const ids = new Set(versions.filter(({ key }) => key.type === 'Patient').map(({ key }) => key.id));
  const read = await store.read([...ids].map((id) => ({ type: 'Patient', id })));
  return new Map(read.flatMap((version) => (version ? [[version.key.id, version] as const] : [])));
}

interface Working {
  readonly set: WorkingSet;
  readonly placing: PlacingDeps;
}

async function followPatient(
  { clock, store, isDomain }: RegistrarDeps,
  { set, placing, anew }: Working & { readonly anew: boolean },
  version: StoredVersion,
): Promise<void> {
  const { id } = version.key;
  const [before] = await store.enrolled([id]);
  if (version.deleted) {
    set.enrol(id, undefined, '');
    if (!isDomain || (!before && (await set.personsOf([id])).length === 0)) return;
    await dropOverlay(set, id);
    await placePatient(set, placing, { patient: id, blockingKeys: [], isNew: false });
    return;
  }
  const sameAs = await replacedPatients(store, version);
  const today = dayText(dayOf(clock.now()));
  const enrolled = enrolPatient(version, today, sameAs);
  set.enrol(id, enrolled, version.body);
  if (!isDomain) return;
  const isSame = before?.facts === enrolled.enrolment.facts;
  // What was enrolled before this node became the domain belongs to nobody yet.
  const beside = await namingPatients(store, set, { version, today });
  if (isSame && !anew && beside.length === 0 && (await set.personsOf([id])).length > 0) return;
  const { blockingKeys } = enrolled.enrolment;
  if (before && before.facts !== enrolled.enrolment.facts) {
    await suspectOverlay(set, placing, {
      patient: id,
      before: { record: knownFrom(id, before).record, versionId: before.versionId },
      after: { record: enrolled.known.record, versionId: version.versionId },
    });
  }
  await placePatient(set, placing, { patient: id, blockingKeys, isNew: !before, beside });
}

/** Whoever a decision names, or named before, is placed anew, the first time that it comes and when it is undone. */
async function followLinkage(
  { store }: RegistrarDeps,
  { set, placing }: Working,
  { key, versionId, body }: StoredVersion,
): Promise<void> {
  set.decisionsChanged();
  const before = versionId > 1 ? await store.readVersion(key, versionId - 1) : undefined;
  const bodies = [body, before?.body ?? ''].filter((text) => text !== '');
  await placeDecided(set, placing, bodies.map(namedByLinkage));
}
