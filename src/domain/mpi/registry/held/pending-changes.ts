import type { Principal } from '../../../../auth/principal.js';
import type { Clock } from '../../../../ports/clock.js';
import type { Ingest } from '../../../../ports/ingest.js';
import type { Change, PutChange, Store, StoredVersion } from '../../../../ports/store.js';
import { laneOf } from '../../../../fhir/lane.js';
import { nextStamp } from '../../../records/index.js';
import { isObject, listOf, memberOf } from '../../identity/loose-json.js';
import { identifierSystems } from '../../identity/index.js';
import { mostInGroup } from '../records/person-size.js';
import { personText, readPerson, type Demographics, type Person } from '../records/person.js';
import { reviewTaskText } from '../records/review-task.js';
import type { Held } from './person-set.js';
import type { WorkingSet } from './working-set.js';

export interface ChangeDeps {
  readonly store: Pick<Store, 'read'>;
  readonly ingest: Pick<Ingest, 'prepare'>;
  readonly clock: Clock;
  /** This node: owner and source of what the index writes. */
  readonly nodeId: string;
}

export interface PendingChanges {
  readonly changes: readonly Change[];
  /** Persons and Tasks as they will stand, by `Type/id`. */
  readonly versions: ReadonlyMap<string, StoredVersion>;
}

/** Everything that waits in a working set, as changes of one commit. */
export async function pendingChanges(deps: ChangeDeps, set: WorkingSet): Promise<PendingChanges> {
  const changes: Change[] = [];
  for (const [id, enrolled] of set.enrolments) {
    const key = { type: 'Patient', id };
    changes.push(
      enrolled ? { kind: 'enrol', key, enrolment: enrolled.enrolment } : { kind: 'withdraw', key },
    );
  }
  const versions = new Map<string, StoredVersion>();
  const put = async (type: string, id: string, written: Written): Promise<void> => {
    const made = await ownPut(deps, { type, id, ...written });
    if (made === 'unchanged') return;
    changes.push(made);
    versions.set(`${type}/${id}`, versionOf(made, deps));
  };
  const persons = await personTexts(deps, set);
  for (const [id, held] of set.persons) {
    // A replica's name may be of a shape that is not valid here: then the Person shows none.
    const plain = personText(shownOf(held), { division: '', identifiers: [] }, deps.nodeId);
    await put('Person', id, { text: persons.get(id) ?? plain, otherwise: plain, current: held.current });
  }
  for (const [id, { current, value }] of set.tasks) {
    // Of a node that was the domain before: its own to close.
    if (current && current.origin.owner !== deps.nodeId) continue;
    await put('Task', id, { text: reviewTaskText(value), current });
  }
  return { changes, versions };
}

export interface Written {
  readonly text: string;
  /** Stands in for a text that is not valid. */
  readonly otherwise?: string;
  readonly current: StoredVersion | undefined;
  /** Who sends it, where that is not the node itself. */
  readonly by?: Principal;
  /** ISO instant: the version is given a later one. */
  readonly after?: string;
}

/** The next version of a resource of the index. Throws an Error where neither text is valid. */
export async function ownPut(
  { ingest, clock, nodeId }: Omit<ChangeDeps, 'store'>,
  written: Written & { readonly type: string; readonly id: string },
): Promise<PutChange | 'unchanged'> {
  const { type, id, text, otherwise, current, by, after = '' } = written;
  const live = current && !current.deleted ? { current } : {};
  const next = nextStamp({ clock }, id, current);
  const isLater = next.lastUpdated > after;
  const stamp = isLater ? next : { ...next, lastUpdated: new Date(Date.parse(after) + 1).toISOString() };
  const prepare = (body: string) =>
    ingest.prepare({ text: body, type, stamp, interaction: 'update', ...live });
  const first = await prepare(text);
  const result = first.outcome === 'invalid' && otherwise !== undefined ? await prepare(otherwise) : first;
  if (result.outcome === 'unchanged') return 'unchanged';
  if (result.outcome === 'invalid') {
    const places = result.issues.map(({ expression = type }) => expression);
    throw new Error(`a ${type} of the person index is invalid at ${places.join(', ')}`);
  }
  const { record } = result;
  return {
    kind: 'put',
    key: record.key,
    expect: current ? current.versionId : 'never',
    versionId: stamp.versionId,
    lastUpdated: stamp.lastUpdated,
    body: record.body,
    hash: record.hash,
    index: record.index,
    origin: {
      owner: nodeId,
      source: by?.source ?? nodeId,
      receivedFrom: by?.id ?? nodeId,
      lane: laneOf(type),
    },
    routing: record.routing,
  };
}

export const versionOf = (put: PutChange, { clock }: Pick<ChangeDeps, 'clock'>): StoredVersion => ({
  key: put.key,
  versionId: put.versionId,
  lastUpdated: put.lastUpdated,
  arrivedAt: new Date(clock.now()).toISOString(),
  deleted: false,
  body: put.body,
  hash: put.hash,
  origin: put.origin,
  routing: put.routing,
});

/**
 * A version of a large Person tells the evidence of the links that it adds; that of the others stands in the versions that
 * added them. With all of it each record that comes would write a megabyte.
 */
function shownOf({ current, value }: Held<Person>): Person {
  if (value.members.length <= mostInGroup || !current) return value;
  const told = new Set(readPerson(current.body).members.map(({ patient }) => patient));
  const members = value.members.map((member) =>
    told.has(member.patient) ? { patient: member.patient, assurance: member.assurance } : member,
  );
  return { ...value, members };
}

/** The record of a person from which names and dates are shown. */
interface Source {
  readonly patient: string;
  readonly residentId: string | undefined;
  readonly division: string;
}

/** Bodies of the Persons that wait, each with names and dates out of its best source. */
async function personTexts(deps: ChangeDeps, set: WorkingSet): Promise<Map<string, string>> {
  const sources = new Map<string, Source>();
  for (const [id, { value }] of set.persons) {
    const best = await bestSource(set, value);
    if (best) sources.set(id, best);
  }
  const wanted = [...new Set([...sources.values()].map(({ patient }) => patient))].filter(
    (id) => !set.bodies.has(id),
  );
  const read = await deps.store.read(wanted.map((id) => ({ type: 'Patient', id })));
  const bodies = new Map(wanted.map((id, place) => [id, read[place]?.body ?? '']));
  const texts = new Map<string, string>();
  for (const [id, held] of set.persons) {
    const source = sources.get(id);
    const body = source && (set.bodies.get(source.patient) ?? bodies.get(source.patient));
    texts.set(id, personText(shownOf(held), demographicsOf(body ?? '', { held, source }), deps.nodeId));
  }
  return texts;
}

/** Of equals the oldest record, so that a new one does not change what is shown. */
async function bestSource(set: WorkingSet, { members }: Person): Promise<Source | undefined> {
  const known = await set.known(members.map(({ patient }) => patient));
  let best: string | undefined;
  for (const id of [...known.keys()].sort()) {
    const quality = known.get(id)?.quality ?? 0;
    if (best === undefined || quality > (known.get(best)?.quality ?? 0)) best = id;
  }
  if (best === undefined) return undefined;
  const divisions = [known.get(best), ...known.values()].map((one) => one?.division ?? '');
  return {
    patient: best,
    residentId: known.get(best)?.record.distinctive?.['residentId'],
    division: divisions.find((division) => division !== '') ?? '',
  };
}

/** A Person without records shows what it showed. */
function demographicsOf(
  body: string,
  { held, source }: { readonly held: Held<Person>; readonly source: Source | undefined },
): Demographics {
  const value: unknown = JSON.parse(body === '' ? (held.current?.body ?? '{}') : body);
  const name = listOf(memberOf(value, 'name')).filter(isObject).slice(0, 1);
  const [gender, birthDate] = [memberOf(value, 'gender'), memberOf(value, 'birthDate')];
  const residentId = source?.residentId;
  return {
    ...(name.length > 0 ? { name } : {}),
    ...(typeof gender === 'string' ? { gender } : {}),
    ...(typeof birthDate === 'string' ? { birthDate } : {}),
    division: source?.division ?? '',
    // By the verified resident id a Person is searched for.
    identifiers:
      residentId === undefined ? [] : [{ system: identifierSystems.residentId, value: residentId }],
  };
}
