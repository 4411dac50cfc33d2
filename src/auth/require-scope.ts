import { fhirError } from '../fhir/fhir-error.js';
import type { Principal } from './principal.js';
import type { Permission } from './scope.js';

/**
 * Refuses (403) unless a scope of the caller covers the permission on that type. `type` `*` asks for all types, as the
 * system-level interactions do.
 */
export function requireScope(principal: Principal, type: string, permission: Permission): void {
  for (const scope of principal.scopes) {
    if ((scope.type === '*' || scope.type === type) && scope.permissions.has(permission)) return;
  }
  throw fhirError('forbidden', 'forbidden', `The token has no scope system/${type}.${permission}`);
}

/** Refuses (403) whoever is not another node of the network. */
export function requireNode(principal: Principal): void {
  if (principal.kind === 'node') return;
  throw fhirError('forbidden', 'forbidden', 'Only a registered peer node may use this operation');
}
