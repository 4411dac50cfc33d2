import type { Store, StoredVersion } from '../../../../ports/store.js';
import type { MatchModel } from '../../model.js';
import { readLibrary } from '../../model-library.js';
import { latestModel } from './find-models.js';

/** The store is asked for the active model again after so long. */
const recheckMs = 5_000;

export interface ModelInUse {
  readonly model: MatchModel;
  /** Id of the Library that it comes from; absent of the built-in one. */
  readonly library?: string;
  /**
   * Names this activation: another one each time that a model comes into use, also one that was in use before. '' for
   * the built-in model of a node that never had another.
   */
  readonly activation: string;
}

/** Which model a node matches by: the one that was activated last, else the built-in one. */
export interface ModelKeeper {
  current(): Promise<MatchModel>;
  inUse(): Promise<ModelInUse>;
  /** Asks the store at the next call: one was activated. */
  changed(): void;
}

export interface ModelKeeperDeps {
  readonly store: Pick<Store, 'search' | 'read'>;
  readonly nodeId: string;
  readonly builtIn: MatchModel;
}

export function createModelKeeper(deps: ModelKeeperDeps): ModelKeeper {
  const { store, nodeId, builtIn } = deps;
  let dueMs = -Infinity;
  let held: ModelInUse = { model: builtIn, activation: '' };
  const inUse = async (): Promise<ModelInUse> => {
    if (performance.now() < dueMs) return held;
    const active = await latestModel(store, nodeId, 'active');
    const last = active ?? (await latestModel(store, nodeId, 'retired'));
    dueMs = performance.now() + recheckMs;
    const activation = last ? nameOf(last) : '';
    if (activation === held.activation) return held;
    const { model } = active ? readLibrary(JSON.parse(active.body)) : {};
    held = active && model ? { model, library: active.key.id, activation } : { model: builtIn, activation };
    return held;
  };
  return {
    inUse,
    current: async () => (await inUse()).model,
    changed() {
      dueMs = -Infinity;
    },
  };
}

const nameOf = ({ key, versionId }: StoredVersion): string => `${key.id}/${String(versionId)}`;
