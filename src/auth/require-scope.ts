import { fhirError, type FhirError } from '../fhir/fhir-error.js';
import type { Principal } from './principal.js';
import type { Permission } from './scope.js';

/**
 * Refuses (403) unless a scope of the caller covers the permission on that type. `type` `*` asks for all types, as the
 * system-level interactions do.
 */
export function requireScope(principal: Principal, type: string, permission: Permission): void {
  if (coversScope(principal, type, permission)) return;
  throw fhirError('forbidden', 'forbidden', `The token has no scope system/${type}.${permission}`);
}

/** Whether a scope of the caller covers the permission on a type. */
export const coversScope = ({ scopes }: Principal, type: string, permission: Permission): boolean =>
  scopes.some((scope) => (scope.type === '*' || scope.type === type) && scope.permissions.has(permission));

/** What a peer node is told that asks for what only systems may ask: its streams have their own operations. */
export const notForNodes = (): FhirError =>
  fhirError('forbidden', 'forbidden', 'A peer node uses the operations of the exchange only');
