import type { IncomingHttpHeaders } from 'node:http';

import type { Principal } from '../auth/principal.js';
import { fhirError } from '../fhir/fhir-error.js';

/**
 * The node that calls. Without sign-in (a network on loopback addresses) it is the one that the X-Node-ID header names;
 * with sign-in the header says nothing. Throws `forbidden` where the caller is no node.
 */
export function callingNode(principal: Principal, headers: IncomingHttpHeaders): string {
  const named = headers['x-node-id'];
  if (principal.kind === 'node') return principal.id;
  if (principal.kind === 'anonymous' && typeof named === 'string') return named;
  throw fhirError('forbidden', 'forbidden', 'Only a registered peer node may use this operation');
}
