import { randomUUID } from 'node:crypto';

import type { Json } from './fhir-request.js';

/** A patient of no particular person. */
export const patient = (fields: Json = {}): Json => ({
  resourceType: 'Patient',
  name: [{ family: 'Zhang', given: ['San'] }],
  gender: 'female',
  birthDate: '1980-02-29',
  ...fields,
});

export const identified = (value: string): Json =>
  patient({ identifier: [{ system: 'urn:test:mrn', value }] });

export const observation = (fields: Json = {}): Json => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  ...fields,
});

export const transactionOf = (...entry: Json[]): Json => ({
  resourceType: 'Bundle',
  type: 'transaction',
  entry,
});

export const batchOf = (...entry: Json[]): Json => ({ resourceType: 'Bundle', type: 'batch', entry });

/** An entry that creates, with a fresh `urn:uuid` as its fullUrl unless one is given. */
export const postEntry = (
  resource: Json,
  request: Json = {},
  fullUrl = `urn:uuid:${randomUUID()}`,
): Json => ({
  fullUrl,
  resource,
  request: { method: 'POST', url: resource['resourceType'], ...request },
});

export const putEntry = (resource: Json, request: Json = {}): Json => ({
  resource,
  request: {
    method: 'PUT',
    url: `${String(resource['resourceType'])}/${String(resource['id'])}`,
    ...request,
  },
});
