import type { Config } from '../config/config.js';
import type { AuditTrail } from '../domain/audit/index.js';
import {
  builtInModel,
  createCrossReference,
  createModelKeeper,
  createPersonIndex,
  createPopulation,
  createRecordsOfPerson,
  createRegistrar,
  createSteward,
  personRule,
  reviewTaskRule,
  type PersonIndex,
} from '../domain/mpi/index.js';
import type { RecordDeps, WriteRule } from '../domain/records/index.js';
import type { AppDeps } from '../http/app-deps.js';
import { identityLabelRoutes } from '../http/api/identity-labels.js';
import { identityModelRoutes } from '../http/api/identity-models.js';
import { populationRoutes } from '../http/api/population.js';
import { decideRoute } from '../http/interactions/op-decide.js';
import { decisionsRoute } from '../http/interactions/op-decisions.js';
import { explainRoutes } from '../http/interactions/op-explain.js';
import { ihePixRoute } from '../http/interactions/op-ihe-pix.js';
import { matchModelRoutes } from '../http/interactions/op-match-models.js';
import { matchRoute } from '../http/interactions/op-match.js';
import { personDecisionRoutes } from '../http/interactions/op-person-decisions.js';
import type { PersonIndexView } from '../http/person-index-view.js';
import type { Route } from '../http/route.js';
import { createMatchModels, type MatchModels } from '../jobs/match-models.js';
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
  readonly audit: AuditTrail;
  /** For what clients write, where that is held back at times; `store` when absent. */
  readonly clientStore?: Store;
}

export interface RunningMpi {
  readonly index: PersonIndex;
  readonly registration: Registration;
  readonly models: MatchModels;
  /** What the service of records is told by it. */
  readonly records: Pick<RecordDeps, 'recordsOfPerson'>;
  readonly writeRules: readonly WriteRule[];
  readonly operations: readonly Route[];
  readonly apiRoutes: AppDeps['apiRoutes'];
  readonly view: PersonIndexView;
}

export interface MpiConfig extends Pick<Config, 'mpi' | 'search'> {
  readonly node: Pick<Config['node'], 'id'>;
}

/** The master patient index of a node: what follows the log, and what answers. */
export function composeMpi({ node, mpi, search }: MpiConfig, parts: MpiParts): RunningMpi {
  const role = { nodeId: node.id, isDomain: mpi.domain === 'self' };
  const models = createModelKeeper({ store: parts.store, nodeId: node.id, builtIn: builtInModel });
  const model = models.current;
  const index = createPersonIndex({ ...parts, ...role, model });
  const steward = createSteward({
    ...parts,
    store: parts.clientStore ?? parts.store,
    ...role,
    model,
  });
  const registration = createRegistration({
    ...parts,
    isDomain: role.isDomain,
    model: models.inUse,
    createRegistrar: () => createRegistrar({ ...parts, ...role, model }),
  });
  const matchModels = createMatchModels({
    ...parts,
    store: parts.clientStore ?? parts.store,
    ...role,
    models,
    registration,
  });
  const population = createPopulation({ store: parts.store, progress: registration.progress, ...role });
  return {
    index,
    registration,
    models: matchModels,
    view: { progress: registration.progress, population },
    records: { recordsOfPerson: createRecordsOfPerson({ store: parts.store, index }) },
    writeRules: [personRule, reviewTaskRule],
    operations: [
      matchRoute({ index, maxCount: search.maxCount }),
      ihePixRoute(createCrossReference({ store: parts.store, index })),
      ...personDecisionRoutes(steward),
      decideRoute(steward),
      ...explainRoutes(steward),
      decisionsRoute({ steward, counts: search }),
      ...matchModelRoutes(matchModels),
    ],
    apiRoutes: [
      populationRoutes({ population, store: parts.store }),
      identityLabelRoutes(steward),
      identityModelRoutes(matchModels),
    ],
  };
}
