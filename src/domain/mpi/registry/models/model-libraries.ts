import type { Library } from 'fhir/r4.js';

import { fhirError } from '../../../../fhir/fhir-error.js';
import type { Clock } from '../../../../ports/clock.js';
import type { Ingest } from '../../../../ports/ingest.js';
import type { Change, Store, StoredVersion } from '../../../../ports/store.js';
import { regionDay, type AuditTrail } from '../../../audit/index.js';
import {
  commitWrite,
  requirePreconditions,
  type WriteContext,
  type WritePlan,
} from '../../../records/index.js';
import type { MatchModel } from '../../model.js';
import { matchModelUrl, readLibrary, toLibrary } from '../../model-library.js';
import { isByNode, modelPages, modelsOfStatus } from './find-models.js';
import { namedUuid } from '../records/named-uuid.js';
import { ownPut, versionOf } from '../held/pending-changes.js';

/* Models as Libraries that this node keeps: a new one is a draft, one at a time is active, the ones before are retired. */

export interface ModelWriting {
  readonly store: Pick<Store, 'search' | 'read' | 'readVersion' | 'commit' | 'outcomeOf'>;
  readonly ingest: Pick<Ingest, 'prepare'>;
  readonly clock: Clock;
  readonly audit: Pick<AuditTrail, 'written'>;
  readonly nodeId: string;
  /** This node is the identity domain: it matches by the model that is activated. */
  readonly isDomain: boolean;
}

export type ModelLibrary = Pick<StoredVersion, 'key' | 'versionId' | 'lastUpdated' | 'body'>;

/** Keeps a new model as a draft, under a version that none had: `2026-11-28.1`, by date and counter. */
export function addModel(
  deps: ModelWriting,
  context: WriteContext,
  learnt: { readonly model: MatchModel; readonly description: string },
): Promise<ModelLibrary> {
  const { description } = learnt;
  // Who repeats the request asks for the training, not for this write.
  const { once: _once, ...plain } = context;
  return commitWrite<ModelLibrary>(deps, plain, {
    plan: async () => {
      const { id, version } = await freeVersion(deps);
      const date = new Date(deps.clock.now()).toISOString();
      const library = toLibrary({ ...learnt.model, version }, { id, status: 'draft', date, description });
      const made = await written(deps, { library, current: undefined });
      if (!made) throw new Error('a new model was taken for an old one');
      return planOf(deps, plain, { status: 201, changes: [made.put], shown: made.version });
    },
    replay: () => Promise.reject(new Error('training is not repeated by its request id')),
  });
}

/** Told by the id, of which the store knows also what was deleted, and by the version of what clients sent. */
async function freeVersion({
  store,
  clock,
  nodeId,
}: ModelWriting): Promise<{ readonly id: string; readonly version: string }> {
  for (let count = 1; ; count++) {
    const version = `${regionDay(clock.now())}.${String(count)}`;
    const id = namedUuid(`match-model ${nodeId} ${version}`);
    const [held] = await store.read([{ type: 'Library', id }]);
    const { matches } = await store.search({
      type: 'Library',
      where: {
        kind: 'and',
        of: [
          { kind: 'param', code: 'url', test: { kind: 'uri', value: matchModelUrl } },
          { kind: 'param', code: 'version', test: { kind: 'token', value: version } },
        ],
      },
      sort: { by: 'first-arrival', descending: false },
      limit: 1,
      total: 'none',
    });
    if (!held && matches.length === 0) return { id, version };
  }
}

export interface ActivateRequest {
  readonly library: string;
  readonly ifMatch?: string;
}

/**
 * Makes a draft or retired model the active one and retires the one before, in one commit. Throws FhirError `not-found`,
 * `version-mismatch`, `business-rule` with the reason where the Library holds no model, and `conflict` where this node
 * may not.
 */
export function activateModel(
  deps: ModelWriting,
  context: WriteContext,
  { library: id, ifMatch }: ActivateRequest,
): Promise<ModelLibrary> {
  const { store, isDomain } = deps;
  return commitWrite<ModelLibrary>(deps, context, {
    plan: async () => {
      if (!isDomain) throw notHere();
      const { current } = await readModelLibrary(store, id);
      if (ifMatch !== undefined) requirePreconditions(current, { ifMatch });
      return planActivation(deps, context, current);
    },
    replay: async ([outcome]) => {
      const version = outcome && (await store.readVersion(outcome.key, outcome.versionId));
      if (version) return version;
      throw fhirError('gone', 'deleted', 'What the first request wrote is no longer held');
    },
  });
}

const notHere = (): Error =>
  fhirError(
    'conflict',
    'conflict',
    'Only the identity domain of the region decides by which model it matches: activate there',
  );

/** A Library with its model. Throws `not-found` where there is none, and `business-rule` where it holds no model. */
export async function readModelLibrary(
  store: Pick<Store, 'read'>,
  id: string,
): Promise<{ readonly current: StoredVersion; readonly model: MatchModel }> {
  const [current] = await store.read([{ type: 'Library', id }]);
  if (!current || current.deleted) throw fhirError('not-found', 'not-found', 'No such Library at this node');
  const library = libraryIn(current);
  const reading =
    library.url === matchModelUrl
      ? readLibrary(library)
      : { reason: `the url of a match model is ${matchModelUrl}` };
  if (reading.model) return { current, model: reading.model };
  throw fhirError('business-rule', 'business-rule', `This is no match model: ${reading.reason}`);
}

async function planActivation(
  deps: ModelWriting,
  context: WriteContext,
  current: StoredVersion,
): Promise<WritePlan<ModelLibrary>> {
  const { store, nodeId } = deps;
  if (current.origin.owner !== nodeId) throw replica(current);
  const query = modelsOfStatus('active');
  const { matches } = await store.search(query);
  const keys = matches.map(({ key }) => key);
  // Two activations at once: the later one retires the earlier one, or would leave two.
  const guard = { kind: 'matches-exactly', query, keys } as const;
  if (libraryIn(current).status === 'active') {
    if (!isByNode(current, nodeId)) throw sentActive();
    return planOf(deps, context, { status: 200, changes: [], shown: current });
  }
  const activated = await withStatus(deps, current, 'active');
  const changes: Change[] = [activated.put];
  for await (const actives of modelPages(store, 'active')) {
    for (const former of actives) {
      if (former.origin.owner === nodeId) changes.push((await withStatus(deps, former, 'retired')).put);
    }
  }
  const plan = planOf(deps, context, { status: 200, changes, shown: activated.version });
  return { ...plan, guards: [guard] };
}

const replica = ({ origin: { owner } }: StoredVersion): Error =>
  fhirError(
    'conflict',
    'conflict',
    `This Library is a replica of node ${owner}: only its own node's models can be activated`,
  );

const sentActive = (): Error =>
  fhirError(
    'conflict',
    'conflict',
    'This Library was sent as active, which activates nothing: send it as a draft',
  );

const libraryIn = ({ body }: Pick<StoredVersion, 'body'>): Library => JSON.parse(body) as Library;

async function withStatus(deps: ModelWriting, current: StoredVersion, status: 'active' | 'retired') {
  const made = await written(deps, { library: { ...libraryIn(current), status }, current });
  if (!made) throw new Error('a Library with another status was taken for the same');
  return made;
}

async function written(
  deps: ModelWriting,
  { library, current }: { readonly library: Library; readonly current: StoredVersion | undefined },
) {
  const { id = '' } = library;
  const put = await ownPut(deps, { type: 'Library', id, text: JSON.stringify(library), current });
  return put === 'unchanged' ? undefined : { put, version: versionOf(put, deps) };
}

interface Planned {
  readonly status: 200 | 201;
  readonly changes: readonly Change[];
  readonly shown: ModelLibrary;
}

/** One audit row a Library that is written. */
function planOf(
  { audit, clock }: ModelWriting,
  { principal, requestId }: WriteContext,
  { status, changes, shown }: Planned,
): WritePlan<ModelLibrary> {
  const at = new Date(clock.now()).toISOString();
  const rows = changes.flatMap((change) => {
    if (change.kind !== 'put') return [];
    const isShown = change.key.id === shown.key.id;
    const action = !isShown ? 'update' : status === 201 ? 'create' : 'activate';
    return [audit.written({ action, principal, key: change.key, status, requestId, at })];
  });
  return {
    changes: [...changes, ...rows],
    guards: [],
    outcomes: [{ key: shown.key, versionId: shown.versionId, status }],
    answer: shown,
  };
}
