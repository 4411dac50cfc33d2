import { downwardTypes, laneOf, lanes, type Lane } from '../../fhir/lane.js';
import type { StoredVersion } from '../../ports/store.js';
import type { ExchangeSettings, StreamPolicy } from './exchange-settings.js';
import { sendingRefusal, type Neighbour, type OwnedRecord } from './topology.js';

/** What this node offers one neighbour, decided from columns of the log alone. */
export interface Offer {
  readonly neighbour: Neighbour;
  /** The lanes in which there can be anything to send. */
  readonly lanes: readonly Lane[];
  /** Type and owner are of the kind that goes there. */
  covers(record: OwnedRecord): boolean;
  /** One of these labels keeps a record here. */
  withholds(labels: readonly string[]): boolean;
  /** There are labels that do. */
  readonly withholdsAny: boolean;
  /** The neighbour did not bring it itself, and type and owner are covered; labels are not looked at. */
  concerns(version: Pick<StoredVersion, 'key' | 'origin'>): boolean;
}

export function createOffer(settings: ExchangeSettings, neighbour: Neighbour): Offer {
  const policy = neighbour.role === 'parent' ? settings.policy.up : settings.policy.down;
  const allows = typeFilter(policy);
  const withheld = new Set(policy.withholdLabels);
  const withholds = (labels: readonly string[]): boolean =>
    withheld.size > 0 && labels.some((label) => withheld.has(label));
  const covers = ({ type, owner }: OwnedRecord): boolean =>
    allows(type) &&
    (neighbour.role === 'parent'
      ? neighbour.below.has(owner)
      : downwardTypes.has(type) && !neighbour.below.has(owner));
  return {
    neighbour,
    lanes:
      neighbour.role === 'parent'
        ? lanes
        : lanes.filter((lane) => [...downwardTypes].some((type) => laneOf(type) === lane)),
    covers,
    withholds,
    withholdsAny: withheld.size > 0,
    concerns: ({ key, origin }) =>
      origin.receivedFrom !== neighbour.id && covers({ type: key.type, owner: origin.owner }),
  };
}

function typeFilter(policy: StreamPolicy): (type: string) => boolean {
  const only = policy.types && new Set(policy.types);
  const except = new Set(policy.excludeTypes);
  return (type) => (only === undefined || only.has(type)) && !except.has(type);
}

/** What a neighbour may send this node. */
export const acceptsFrom = (neighbour: Neighbour, record: OwnedRecord): boolean =>
  sendingRefusal(neighbour, record) === undefined;
