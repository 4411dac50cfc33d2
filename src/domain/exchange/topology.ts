import { downwardTypes } from '../../fhir/lane.js';
import type { ExchangeSettings } from './exchange-settings.js';

/** A node that this one exchanges with. */
export interface Neighbour {
  readonly id: string;
  readonly role: 'parent' | 'child';
  /** Owners below the link between the two: of a child its subtree, towards the parent this node's own. */
  readonly below: ReadonlySet<string>;
}

export interface Topology {
  readonly nodeId: string;
  readonly neighbours: readonly Neighbour[];
  neighbour(id: string): Neighbour | undefined;
}

export function createTopology(settings: ExchangeSettings): Topology {
  const own = new Set([settings.nodeId, ...settings.children.flatMap((child) => child.owners)]);
  const neighbours: Neighbour[] = settings.children.map(({ id, owners }) => ({
    id,
    role: 'child',
    below: new Set(owners),
  }));
  if (settings.parent) neighbours.unshift({ id: settings.parent.id, role: 'parent', below: own });
  const byId = new Map(neighbours.map((neighbour) => [neighbour.id, neighbour]));
  return { nodeId: settings.nodeId, neighbours, neighbour: (id) => byId.get(id) };
}

export interface OwnedRecord {
  readonly type: string;
  readonly owner: string;
}

/**
 * Why a neighbour may not send a record, undefined where it may: a child sends what its subtree owns, a parent the
 * directory and Persons, and nothing that is owned below it.
 */
export function sendingRefusal(neighbour: Neighbour, record: OwnedRecord): string | undefined {
  if (neighbour.role === 'child') {
    if (neighbour.below.has(record.owner)) return undefined;
    return `owner ${record.owner} is not in the subtree of ${neighbour.id}`;
  }
  if (neighbour.below.has(record.owner)) return `owner ${record.owner} is below ${neighbour.id}`;
  return downwardTypes.has(record.type) ? undefined : `${record.type} does not come from above`;
}
