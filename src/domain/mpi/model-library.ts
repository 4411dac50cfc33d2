import type { Library } from 'fhir/r4.js';

import { listOf, memberOf } from './identity/loose-json.js';
import { type MatchModel } from './model.js';
import { patientSchema } from './patient/patient-schema.js';
import { pruneModel } from './prune-model.js';
import { type ModelReading, readModel } from './read-model.js';

/** Canonical URL of every model of Patients; its `version` tells them apart. */
export const matchModelUrl = 'https://regional-hie.org/fhir/Library/match-model';

export interface LibraryFacts {
  readonly id?: string;
  readonly status: 'draft' | 'active' | 'retired';
  /** FHIR dateTime. */
  readonly date: string;
  readonly description: string;
}

/** The model as a resource, to be kept and sent; what could identify somebody is taken out of it first. */
export function toLibrary(model: MatchModel, { id, status, date, description }: LibraryFacts): Library {
  const data = Buffer.from(JSON.stringify(pruneModel(model))).toString('base64');
  return {
    resourceType: 'Library',
    ...(id !== undefined && { id }),
    url: matchModelUrl,
    version: model.version,
    name: 'MatchModel',
    title: '主索引匹配模型 (match model of the person index)',
    status,
    type: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/library-type', code: 'asset-collection' }],
    },
    date,
    description,
    content: [{ contentType, data }],
  };
}

const contentType = 'application/json';
/** Characters of base64 that are read: a model of a large region has a few hundred thousand. */
const longestData = 8_000_000;
const base64 = /^[A-Za-z0-9+/=\s]*$/;

/** The model of Patients that a Library holds; undefined of anything else ({@link readLibrary} says why). */
export const modelOf = (library: unknown): MatchModel | undefined => readLibrary(library).model;

/** The same, or the reason why the Library holds none. */
export function readLibrary(library: unknown): ModelReading {
  if (memberOf(library, 'resourceType') !== 'Library') return { reason: 'a model is kept as a Library' };
  const content = listOf(memberOf(library, 'content')).find(
    (attachment) => memberOf(attachment, 'contentType') === contentType,
  );
  const data = memberOf(content, 'data');
  if (typeof data !== 'string' || data.length > longestData || !base64.test(data))
    return { reason: `the Library has no content of the type ${contentType}` };
  const reading = readModel(parse(data), patientSchema);
  const version = memberOf(library, 'version');
  if (reading.model && version !== reading.model.version)
    return { reason: 'the Library has another version than its model' };
  return reading;
}

/** What the data holds; undefined where it is no JSON. */
function parse(data: string): unknown {
  try {
    return JSON.parse(Buffer.from(data, 'base64').toString('utf8')) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
