import type { LoadTotals } from '../../src/cli/load/load-units.js';
import type { ClientPlan } from '../network/network-plan.js';
import type { NodeAccess } from '../network/node-access.js';

/** The demo's nodes by their ids. */
export interface DemoNodes {
  readonly city: NodeAccess;
  readonly counties: readonly [NodeAccess, NodeAccess];
}

/** What the demo sends: a directory for the city, then records for city and counties. */
export interface Scenario {
  /** Systems that sign in at a node. */
  clientsOf(nodeId: string): readonly ClientPlan[];
  loadDirectory(nodes: DemoNodes, totals: LoadTotals): Promise<void>;
  loadRecords(nodes: DemoNodes, totals: LoadTotals): Promise<void>;
  /** Records a type that the region must hold in the end: what was sent and accepted, counted from the content itself. */
  expected(): ReadonlyMap<string, number>;
  /** The person of each Patient that was sent, by the institution's number of it; absent where nobody knows. */
  truth?(): ReadonlyMap<string, number>;
}

export const countyIds = ['county-nanzhang', 'county-zaoyang'] as const;
export const directoryClient = 'commission-directory';

export function addCounts(sums: Map<string, number>, more: Iterable<readonly [string, number]>): void {
  for (const [type, n] of more) sums.set(type, (sums.get(type) ?? 0) + n);
}
