import type { Principal } from '../../auth/principal.js';
import { FhirError, fhirError } from '../../fhir/fhir-error.js';
import { isUuid, isValidId } from '../../fhir/id-rules.js';
import type { ResourceKey } from '../../fhir/key.js';
import { directoryTypes } from '../../fhir/lane.js';
import type { StoredVersion } from '../../ports/store.js';

/** An own write that is about to be committed. */
export interface ProposedWrite {
  readonly key: ResourceKey;
  readonly principal: Principal;
  /** Current version, a tombstone included; undefined where nothing was ever held. */
  readonly current: StoredVersion | undefined;
  /** The new text; undefined for a delete. */
  readonly next: string | undefined;
}

/** Old, new and principal in; the refusal out, or undefined where the write is allowed. */
export type WriteRule = (write: ProposedWrite) => FhirError | undefined;

/** The directory has one owner: under `parent` nobody writes it here. `goTo` says where to, e.g. the parent's id. */
export function directoryRule(goTo: string): WriteRule {
  return ({ key }) =>
    directoryTypes.has(key.type)
      ? fhirError(
          'conflict',
          'conflict',
          `${key.type} belongs to the directory, which is kept at ${goTo}: write it there, it comes down by itself`,
        )
      : undefined;
}

/** What one institution has sent, no other one changes or deletes; their clients may be several. */
export const sourceRule: WriteRule = ({ key, principal, current }) =>
  current === undefined || current.origin.source === principal.source
    ? undefined
    : fhirError(
        'forbidden',
        'forbidden',
        `This ${key.type} was sent by ${current.origin.source}: only that institution changes it`,
      );

/** A replica is read-only: only its owner writes it. */
export function requireOwner(current: StoredVersion | undefined, nodeId: string): void {
  if (current === undefined || current.origin.owner === nodeId) return;
  throw fhirError(
    'conflict',
    'conflict',
    `This ${current.key.type} is a replica: only its owner, node ${current.origin.owner}, writes it`,
  );
}

/** Ids are global, so that a client may choose only a UUID or one that begins with its registered prefix. */
export function requireChoosableId(key: ResourceKey, principal: Principal, anyId: boolean): void {
  if (!isValidId(key.id)) {
    throw fhirError('malformed', 'value', {
      diagnostics: 'An id is 1 to 64 letters, digits, hyphens and dots',
      expression: `${key.type}.id`,
    });
  }
  if (anyId || isUuid(key.id)) return;
  const prefix = principal.idPrefix;
  if (prefix !== undefined && prefix !== '' && key.id.startsWith(prefix)) return;
  const own =
    prefix === undefined || prefix === '' ? 'no prefix is registered for this client' : `yours is ${prefix}`;
  throw new FhirError('business-rule', [
    {
      severity: 'error',
      code: 'business-rule',
      diagnostics:
        'Ids are global in the region: create with POST, or update by identifier ' +
        `(PUT ${key.type}?identifier=system|value), or choose a UUID, or an id with the registered prefix (${own})`,
      expression: `${key.type}.id`,
    },
  ]);
}
