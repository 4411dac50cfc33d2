import type { Config } from '../config/config.js';
import {
  builtInModel,
  createModelKeeper,
  createPersonIndex,
  createRegistrar,
  type PersonIndex,
} from '../domain/mpi/index.js';
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
}

/** The master patient index of a node: what follows the log, and what answers. */
export function composeMpi(
  { node, mpi }: { readonly node: Pick<Config['node'], 'id'>; readonly mpi: Config['mpi'] },
  parts: MpiParts,
): RunningMpi {
  const models = createModelKeeper({ store: parts.store, builtIn: builtInModel });
  const model = models.current;
  return {
    index: createPersonIndex({ ...parts, model }),
    registration: createRegistration({
      ...parts,
      firstModel: builtInModel.version,
      createRegistrar: () =>
        createRegistrar({ ...parts, nodeId: node.id, isDomain: mpi.domain === 'self', model }),
    }),
  };
}
