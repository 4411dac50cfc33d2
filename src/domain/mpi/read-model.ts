import { fieldsOf } from './compare-records.js';
import { type Field, type Schema } from './features.js';
import { type TermCounts } from './frequencies.js';
import { isObject, listOf } from './identity/loose-json.js';
import { type FieldModel, type MatchModel } from './model.js';

/** A model, or why what was read is none. */
export type ModelReading =
  | { readonly model: MatchModel; readonly reason?: undefined }
  | { readonly model?: undefined; readonly reason: string };

/** How far the probabilities of a field's levels may be from 1 together. */
const tolerance = 0.01;

/**
 * A model of the schema out of anything at all: what a store or a peer gave may have been written by anybody. What is
 * read has every probability inside 0 and 1 and no member that a model does not have, so that scoring by it gives
 * numbers, and never throws.
 */
export function readModel(value: unknown, schema: Schema): ModelReading {
  if (!isObject(value)) return { reason: 'a model is an object' };
  const model = value as unknown as MatchModel;
  const reason = headFault(model, schema) ?? fieldsFault(model, schema) ?? termsFault(model);
  return reason === undefined ? { model: copyOf(model) } : { reason };
}

function headFault({ version, schema: name, ...model }: MatchModel, schema: Schema): string | undefined {
  if (typeof version !== 'string' || version === '') return 'a model has a version';
  if (name !== schema.name) return `the model is not one of the schema "${schema.name}"`;
  if (!isProbability(model.prior)) return 'the prior is not between 0 and 1';
  if (model.records !== undefined && !isCount(model.records)) return 'the number of records is none';
  if (schema.relatives === undefined) return undefined;
  if (!isProbability(model.relativesPrior)) return 'the prior of relatives is not between 0 and 1';
  return model.prior + model.relativesPrior < 1 ? undefined : 'the priors add up to more than 1';
}

function fieldsFault(model: MatchModel, schema: Schema): string | undefined {
  const fields = fieldsOf(schema);
  const read = listOf(model.fields);
  if (read.length !== fields.length) return `a model of this schema has ${String(fields.length)} fields`;
  const faulty = fields.find((field, place) => !isFieldModel(read[place], field, schema));
  return faulty && `the probabilities of the field "${faulty.name}" are not those of its levels`;
}

function isFieldModel(value: unknown, { name, levels }: Field, schema: Schema): boolean {
  if (!isObject(value) || value['name'] !== name) return false;
  const needed = schema.relatives ? ['m', 'u', 'r'] : ['m', 'u'];
  return needed.every((member) => areShares(value[member], levels.length));
}

/** A probability a level; of those that are evidence the sum is 1. */
function areShares(value: unknown, size: number): boolean {
  if (!Array.isArray(value) || value.length !== size || !value.every(isProbability)) return false;
  const sum = value.slice(1).reduce((total: number, share: number) => total + share, 0);
  return Math.abs(sum - 1) <= tolerance;
}

function termsFault({ terms }: MatchModel): string | undefined {
  if (!Array.isArray(terms) || !terms.every(areTerms)) return 'the terms are not counted';
  const vocabularies = new Set(terms.map(({ vocabulary }) => vocabulary));
  return vocabularies.size === terms.length ? undefined : 'a vocabulary is counted twice';
}

function areTerms(value: unknown): value is TermCounts {
  if (!isObject(value)) return false;
  const { vocabulary, records, counts } = value;
  if (typeof vocabulary !== 'string' || !isCount(records) || !isObject(counts)) return false;
  return Object.values(counts).every((count) => isCount(count) && count <= records);
}

/** None is 0: what never was seen is possible. */
const isProbability = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value <= 1;
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

/** The members of a model alone. */
function copyOf({ version, schema, records, prior, relativesPrior, fields, terms }: MatchModel): MatchModel {
  return {
    version,
    schema,
    ...(records !== undefined && { records }),
    prior,
    ...(relativesPrior !== undefined && { relativesPrior }),
    fields: fields.map(({ name, m, u, r }): FieldModel => ({
      name,
      m,
      u,
      ...(relativesPrior !== undefined && r && { r }),
    })),
    terms: terms.map(({ vocabulary, records: all, counts }) => ({ vocabulary, records: all, counts })),
  };
}
