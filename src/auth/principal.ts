import type { Scope } from './scope.js';

declare const authenticated: unique symbol;

/** The caller of a request. Only auth/ makes one: from a verified token, or for everybody when the node runs without sign-in. */
export interface Principal {
  readonly [authenticated]: true;
  /** Client id, or the peer's node id. */
  readonly id: string;
  readonly kind: 'system' | 'node' | 'anonymous';
  /** Institution that stands as `source` of what it sends. */
  readonly source: string;
  /** Ids beginning so may be chosen by PUT. */
  readonly idPrefix?: string;
  readonly scopes: readonly Scope[];
}

export type PrincipalFields = Omit<Principal, typeof authenticated>;

/** For auth/ alone: brands what was verified. */
export const makePrincipal = (fields: PrincipalFields): Principal => fields as Principal;
