import { generatePopulation } from '../../scripts/population/generate-population.js';
import type { LinkChange } from '../../src/domain/mpi/index.js';
import { fhirRequest, type FhirAnswer, type FhirRequest, type Json } from './fhir-request.js';
import { settled } from './mpi-requests.js';
import type { TestNode } from './start-node.js';

/** Sends a generated population with second records, and resolves when it is registered. */
export async function sendPopulation(node: TestNode, seed: string, size: number): Promise<void> {
  const entries = generatePopulation({ seed, size }).map(({ patient }) => ({
    resource: patient,
    request: { method: 'POST', url: 'Patient' },
  }));
  for (let from = 0; from < entries.length; from += 200) {
    const entry = entries.slice(from, from + 200);
    const body = { resourceType: 'Bundle', type: 'transaction', entry };
    const answer = await fhirRequest(node.base, { method: 'POST', body });
    if (answer.status !== 200) throw new Error(`Patients were refused with ${String(answer.status)}`);
  }
  await settled(node);
}

export interface ModelsJson {
  readonly job: {
    readonly state: string;
    readonly kind?: string;
    readonly library?: string;
    readonly version?: string;
    readonly reason?: string;
    readonly measured?: { readonly records: number; readonly total: number };
    readonly change?: {
      readonly made: LinkChange;
      readonly broken: LinkChange;
    };
  };
  readonly inUse: { readonly version: string; readonly library?: string; readonly rematched: boolean };
  readonly rematching?: { readonly model: string; readonly settled: number; readonly logEnd: number };
}

export const operate = (
  { base }: TestNode,
  path: string,
  headers: FhirRequest['headers'] = {},
): Promise<FhirAnswer> => fhirRequest(`${base}/Library/${path}`, { method: 'POST', headers });

export async function modelsAt({ origin }: TestNode): Promise<ModelsJson> {
  return (await fhirRequest(`${origin}/api/identity/models`)).json as unknown as ModelsJson;
}

/** Asks for the state of models until it is so. */
export async function modelsUntil(
  node: TestNode,
  holds: (models: ModelsJson) => boolean,
): Promise<ModelsJson> {
  for (;;) {
    const models = await modelsAt(node);
    if (holds(models)) return models;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Runs a job to its end. */
export async function runJob(node: TestNode, path: string): Promise<ModelsJson['job']> {
  const begun = await operate(node, path);
  if (begun.status !== 202) throw new Error(`the job was refused with ${String(begun.status)}`);
  return (await modelsUntil(node, ({ job }) => job.state !== 'running')).job;
}

/** Versions of the models in the evidence of a Person's links. */
export const modelsOfLinks = (person: Json): string[] =>
  ((person['link'] ?? []) as Json[]).flatMap((link) => {
    const evidence = ((link['extension'] ?? []) as Json[])[0];
    const parts = (evidence?.['extension'] ?? []) as Json[];
    return parts.filter(({ url }) => url === 'model').map(({ valueString }) => valueString as string);
  });
