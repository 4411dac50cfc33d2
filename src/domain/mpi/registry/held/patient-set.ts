import type { Block, Store } from '../../../../ports/store.js';
import { enrolVersion, knownFrom, type KnownPatient, type PatientEnrolment } from './enrol-patient.js';
import { forgetOldest } from './forget-oldest.js';
import { isNamingKey, namingKey } from './replaced-patients.js';

/** Enrolled Patients: those of the store, and above them those that wait for a commit. */
export interface PatientSet {
  /** Undefined: withdraws it. `body` is the Patient's text. */
  enrol(id: string, enrolment: PatientEnrolment | undefined, body: string): void;
  /** Ids of Patients that share a blocking key; blocks that hold too many are cut, those of a document to their ends. */
  candidates(keys: readonly string[]): Promise<ReadonlySet<string>>;
  /** Whether any Patient is held whose source says that it is replaced by another or replaces it. */
  anyNaming(): Promise<boolean>;
  /** Ids of Patients that name another by one of the keys (replaced-patients.ts); of too many the first and the last. */
  naming(keys: readonly string[]): Promise<readonly string[]>;
  /** Blocking keys of a Patient; none where it isn't held. */
  keysOf(patient: string): Promise<readonly string[]>;
  /** Those of the Patients that are enrolled. */
  known(ids: readonly string[]): Promise<ReadonlyMap<string, KnownPatient>>;
  /** What waits. */
  readonly enrolments: ReadonlyMap<string, PatientEnrolment | undefined>;
  /** Texts of the Patients that wait. */
  readonly bodies: ReadonlyMap<string, string>;
  /** Blocks cut since the last commit. */
  readonly cutBlocks: number;
  committed(): void;
  reset(): void;
}

/** Records that one blocking key may bring; a telephone of ten thousand people brings none. */
export const largestBlock = 50;
/** The same of a document, of which a person has one: a hospital may make a Patient a visit. */
const largestDocumentBlock = 200;
/** Of a larger one so many are looked at, its first and its last: the person that they make is found by a few of them. */
const endsOfDocument = 100;
const mostKnown = 50_000;

interface PatientState {
  readonly store: Pick<Store, 'blocks' | 'enrolled' | 'read'>;
  readonly known: Map<string, KnownPatient>;
  readonly enrolments: Map<string, PatientEnrolment | undefined>;
  readonly bodies: Map<string, string>;
  /** Waiting Patients by blocking key. */
  readonly blocks: Map<string, Set<string>>;
  cutBlocks: number;
  /** Undefined: to be asked. Most regions begin without, and ask no more. */
  anyNaming: boolean | undefined;
}

export function createPatientSet(store: PatientState['store']): PatientSet {
  const state: PatientState = {
    store,
    known: new Map(),
    enrolments: new Map(),
    bodies: new Map(),
    blocks: new Map(),
    cutBlocks: 0,
    anyNaming: undefined,
  };
  const committed = (): void => {
    for (const map of [state.enrolments, state.bodies, state.blocks]) map.clear();
    state.cutBlocks = 0;
    forgetOldest(state.known, mostKnown);
  };
  return {
    enrolments: state.enrolments,
    bodies: state.bodies,
    get cutBlocks() {
      return state.cutBlocks;
    },
    enrol: (id, enrolment, body) => enrol(state, id, { enrolment, body }),
    candidates: (keys) =>
      findCandidates(
        state,
        [...new Set(keys)].filter((key) => !isNamingKey(key)),
      ),
    async anyNaming() {
      state.anyNaming ??= (await store.blocks({ keys: [namingKey], limit: 1 })).some(isHeld);
      return state.anyNaming;
    },
    naming: (keys) => findNaming(state, keys),
    keysOf: (patient) => keysOf(state, patient),
    known: (ids) => readKnown(state, ids),
    committed,
    reset() {
      committed();
      state.known.clear();
      state.anyNaming = undefined;
    },
  };
}

const isHeld = ({ members, cut }: Block): boolean => cut || members.length > 0;

function enrol(
  state: PatientState,
  id: string,
  { enrolment, body }: { readonly enrolment: PatientEnrolment | undefined; readonly body: string },
): void {
  const { known, enrolments, bodies, blocks } = state;
  for (const key of enrolments.get(id)?.enrolment.blockingKeys ?? []) blocks.get(key)?.delete(id);
  enrolments.set(id, enrolment);
  bodies.set(id, body);
  for (const key of enrolment?.enrolment.blockingKeys ?? []) {
    const block = blocks.get(key);
    if (block) block.add(id);
    else blocks.set(key, new Set([id]));
    if (key === namingKey) state.anyNaming = true;
  }
  if (enrolment) known.set(id, enrolment.known);
  else known.delete(id);
}

/** As patientKeys writes them. */
const isDocument = (key: string): boolean => key.startsWith('i:');

async function findCandidates(state: PatientState, keys: readonly string[]): Promise<Set<string>> {
  const { store, enrolments, blocks } = state;
  const found = new Set<string>();
  const requests = [
    { keys: keys.filter(isDocument), limit: largestDocumentBlock, ofCut: endsOfDocument },
    { keys: keys.filter((key) => !isDocument(key)), limit: largestBlock, ofCut: 0 },
  ].filter((request) => request.keys.length > 0);
  const answers = await Promise.all(requests.map((request) => store.blocks(request)));
  for (const [request, { keys: asked, limit, ofCut }] of requests.entries()) {
    for (const [place, key] of asked.entries()) {
      const held = answers[request]?.[place];
      const members = held?.members.filter((id) => !enrolments.has(id)) ?? [];
      const all = [...members, ...(blocks.get(key) ?? [])];
      const isCut = held?.cut === true || all.length > limit;
      if (isCut) state.cutBlocks++;
      for (const id of isCut ? endsOf(all, ofCut) : all) found.add(id);
    }
  }
  return found;
}

/** A person has a handful. */
const mostNaming = 200;

async function findNaming(
  { store, enrolments, blocks }: PatientState,
  keys: readonly string[],
): Promise<readonly string[]> {
  const held = await store.blocks({ keys, limit: mostNaming, ofCut: mostNaming });
  const stored = held.flatMap(({ members }) => members).filter((id) => !enrolments.has(id));
  const waiting = keys.flatMap((key) => [...(blocks.get(key) ?? [])]);
  return endsOf([...new Set([...stored, ...waiting])], mostNaming);
}

/** The first half of `most` and the last; all where there are no more. */
function endsOf(ids: readonly string[], most: number): readonly string[] {
  if (ids.length <= most) return ids;
  return [...ids.slice(0, most / 2), ...ids.slice(ids.length - most / 2)];
}

/** Made again of the Patient's text: they are not asked for often enough to be kept beside it. */
async function keysOf({ store, enrolments }: PatientState, patient: string): Promise<readonly string[]> {
  if (enrolments.has(patient)) return enrolments.get(patient)?.enrolment.blockingKeys ?? [];
  const [version] = await store.read([{ type: 'Patient', id: patient }]);
  if (!version || version.deleted) return [];
  return enrolVersion(version).enrolment.blockingKeys;
}

async function readKnown(
  { store, known, enrolments }: PatientState,
  ids: readonly string[],
): Promise<Map<string, KnownPatient>> {
  const missing = ids.filter((id) => !known.has(id) && !enrolments.has(id));
  const rows = missing.length > 0 ? await store.enrolled(missing) : [];
  for (const [place, row] of rows.entries()) {
    const id = missing[place] ?? '';
    if (row) known.set(id, knownFrom(id, row));
  }
  const found = new Map<string, KnownPatient>();
  for (const id of ids) {
    const one = known.get(id);
    if (one) found.set(id, one);
  }
  return found;
}
