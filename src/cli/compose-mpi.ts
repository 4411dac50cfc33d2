import type { Config } from '../config/config.js';
import { builtInModel, createPersonIndex, createRegistrar, type PersonIndex } from '../domain/mpi/index.js';
import { matchRoute } from '../http/interactions/op-match.js';
import type { Route } from '../http/route.js';
import { createRegistration, type Registration } from '../jobs/register-patients.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { Ingest } from '../ports/ingest.js';
import type { Logger } from '../ports/logger.js';
import type { Store } from '../ports/store.js';

export interface MpiParts {
  readonly store: Store;
  readonly ingest: Ingest;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

export interface RunningMpi {
  readonly index: PersonIndex;
  readonly registration: Registration;
  readonly operations: readonly Route[];
}

export interface MpiConfig extends Pick<Config, 'mpi' | 'search'> {
  readonly node: Pick<Config['node'], 'id'>;
}

/** The master patient index of a node: what follows the log, and what answers. */
export function composeMpi({ node, mpi, search }: MpiConfig, parts: MpiParts): RunningMpi {
  const model = builtInModel;
  const index = createPersonIndex({ ...parts, model: () => model });
  return {
    index,
    operations: [matchRoute({ index, maxCount: search.maxCount })],
    registration: createRegistration({
      ...parts,
      createRegistrar: () =>
        createRegistrar({ ...parts, nodeId: node.id, isDomain: mpi.domain === 'self', model }),
    }),
  };
}
