import type { StoredVersion } from '../../../../ports/store.js';

/** What a node is in its region, as far as Persons are concerned. */
export interface DomainRole {
  readonly nodeId: string;
  /** This node is the identity domain of its region: it makes Persons. */
  readonly isDomain: boolean;
}

export type CountsPerson = (version: Pick<StoredVersion, 'origin'>) => boolean;

/**
 * Which Persons count at a node: the identity domain's, of the region. A county that stood alone has made Persons of its
 * own before it joined. They lead nowhere any more, neither there nor at the domain, which could not change them either.
 */
export const countsPerson =
  ({ nodeId, isDomain }: DomainRole): CountsPerson =>
  ({ origin }) =>
    (origin.owner === nodeId) === isDomain;
