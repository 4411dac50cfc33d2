import { entriesOf, fhirRequest, type FhirAnswer, type Json } from './fhir-request.js';
import { settled } from './mpi-requests.js';
import type { TestNode } from './start-node.js';

/** What an operation of a steward is given; undefined values are left out. */
export interface StewardInput {
  /** Person id. */
  readonly into?: string;
  /** Patient id. */
  readonly patient?: string;
  readonly reason?: string;
  readonly choice?: string;
  readonly note?: string;
}

/** `POST path` with Parameters. */
export function askSteward(
  { base }: Pick<TestNode, 'base'>,
  path: string,
  input: StewardInput & { readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<FhirAnswer> {
  const { into, patient, reason, choice, note, headers = {} } = input;
  const parameter = [
    into === undefined ? [] : [{ name: 'into', valueReference: { reference: `Person/${into}` } }],
    patient === undefined ? [] : [{ name: 'patient', valueReference: { reference: `Patient/${patient}` } }],
    reason === undefined ? [] : [{ name: 'reason', valueString: reason }],
    choice === undefined ? [] : [{ name: 'choice', valueCode: choice }],
    note === undefined ? [] : [{ name: 'note', valueString: note }],
  ].flat();
  const body = { resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) };
  return fhirRequest(`${base}/${path}`, { method: 'POST', body, headers });
}

/** A parameter of an answer. */
export const parameterOf = ({ json }: Pick<FhirAnswer, 'json'>, name: string): Json | undefined =>
  ((json['parameter'] ?? []) as Json[]).find((parameter) => parameter['name'] === name);

/** Tasks of the queue in a state. */
export async function queueAt(node: TestNode, status: string): Promise<Json[]> {
  await settled(node);
  const answer = await fhirRequest(`${node.base}/Task?status=${status}&_count=200`);
  return entriesOf(answer).flatMap(({ resource }) => (resource ? [resource] : []));
}

/** A resource but for what tells its version. */
export async function bodyAt({ base }: Pick<TestNode, 'base'>, reference: string): Promise<Json> {
  const { json } = await fhirRequest(`${base}/${reference}`);
  const { meta: _, ...rest } = json;
  return rest;
}
