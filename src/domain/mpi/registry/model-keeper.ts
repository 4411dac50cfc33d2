import type { SearchExpression } from '../../../fhir/search/search-expression.js';
import type { Store, StoredVersion } from '../../../ports/store.js';
import type { MatchModel } from '../model.js';
import { matchModelUrl, readLibrary } from '../model-library.js';

/** The store is asked for the active model again after so long. */
const recheckMs = 5_000;

/** Which model a node matches by: the one that was activated last, else the built-in one. */
export interface ModelKeeper {
  current(): Promise<MatchModel>;
  /** Asks the store at the next call: one was activated. */
  changed(): void;
}

export function createModelKeeper({
  store,
  builtIn,
}: {
  readonly store: Pick<Store, 'search' | 'read'>;
  readonly builtIn: MatchModel;
}): ModelKeeper {
  let dueMs = -Infinity;
  let held: { readonly library: StoredVersion; readonly model: MatchModel } | undefined;
  return {
    async current() {
      if (performance.now() >= dueMs) {
        const library = await activeLibrary(store);
        dueMs = performance.now() + recheckMs;
        if (library?.hash !== held?.library.hash) {
          const { model } = library ? readLibrary(JSON.parse(library.body)) : {};
          held = library && model && { library, model };
        }
      }
      return held?.model ?? builtIn;
    },
    changed() {
      dueMs = -Infinity;
    },
  };
}

const where: SearchExpression = {
  kind: 'and',
  of: [
    { kind: 'param', code: 'url', test: { kind: 'uri', value: matchModelUrl } },
    { kind: 'param', code: 'status', test: { kind: 'token', value: 'active' } },
  ],
};

/** Of several, the one that was changed last. */
async function activeLibrary(store: Pick<Store, 'search' | 'read'>): Promise<StoredVersion | undefined> {
  const { matches } = await store.search({
    type: 'Library',
    where,
    sort: { by: 'last-updated', descending: true },
    limit: 1,
    total: 'none',
  });
  const [match] = matches;
  if (!match) return undefined;
  const [version] = await store.read([match.key]);
  return version?.deleted === false ? version : undefined;
}
