import type { RecordService } from '../domain/records/index.js';
import type { CapabilityFacts } from './capability-statement.js';
import { capabilities } from './interactions/capabilities.js';
import { conditionalDelete } from './interactions/conditional-delete.js';
import { conditionalUpdate } from './interactions/conditional-update.js';
import { create } from './interactions/create.js';
import { deleteInstance } from './interactions/delete.js';
import { historyInstance, historySystem, historyType } from './interactions/history.js';
import { read } from './interactions/read.js';
import { searchType } from './interactions/search-type.js';
import { transaction } from './interactions/transaction.js';
import { update } from './interactions/update.js';
import { vread } from './interactions/vread.js';
import type { Route } from './route.js';

export interface RouteTableDeps {
  readonly records: RecordService;
  readonly counts: { readonly defaultCount: number; readonly maxCount: number };
  readonly facts: CapabilityFacts;
  /** Operations of other modules. */
  readonly operations: readonly Route[];
}

type Row = readonly [
  method: Route['method'],
  path: string,
  interaction: Route['interaction'],
  permission: Route['permission'],
  body: Route['body'],
  handler: Route['handler'],
];

/** All that is served below the base; router and CapabilityStatement are made from it. Permissions: SMART v2 scopes. */
export function routeTable(deps: RouteTableDeps): readonly Route[] {
  const { records, facts } = deps;
  const rows: readonly Row[] = [
    ['GET', '/metadata', 'capabilities', 'open', 'none', capabilities(facts, () => table)],
    ['GET', '/:type/:id', 'read', 'r', 'none', read(records)],
    ['GET', '/:type/:id/_history/:versionId', 'vread', 'r', 'none', vread(records)],
    ['PUT', '/:type/:id', 'update', 'u', 'json', update(records)],
    ['PUT', '/:type', 'conditional-update', 'u', 'json', conditionalUpdate(records)],
    ['DELETE', '/:type/:id', 'delete', 'd', 'none', deleteInstance(records)],
    ['DELETE', '/:type', 'conditional-delete', 'd', 'none', conditionalDelete(records)],
    ['POST', '/:type', 'create', 'c', 'json', create(records)],
    ['GET', '/:type', 'search-type', 's', 'none', searchType(records)],
    ['POST', '/:type/_search', 'search-type', 's', 'form', searchType(records)],
    ['GET', '/:type/:id/_history', 'history-instance', 'r', 'none', historyInstance(deps)],
    ['GET', '/:type/_history', 'history-type', 's', 'none', historyType(deps)],
    ['GET', '/_history', 'history-system', 's', 'none', historySystem(deps)],
    ['POST', '/', 'transaction', 'inside', 'json', transaction(records)],
  ];
  const table: readonly Route[] = [...rows.map(toRoute), ...deps.operations];
  return table;
}

const toRoute = ([method, path, interaction, permission, body, handler]: Row): Route => ({
  method,
  path,
  interaction,
  permission,
  body,
  handler,
});
