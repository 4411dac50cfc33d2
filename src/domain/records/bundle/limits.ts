import { fhirError, type FhirError } from '../../../fhir/fhir-error.js';

/** Entries of a batch or transaction. */
export const mostEntries = 50_000;

/** UTF-16 units of a URL or criteria in a Bundle, which no header's limit holds back here. */
const longestQuery = 65_536;

/** Throws `too-large`. */
export function requireShort(query: string): void {
  if (query.length > longestQuery)
    throw fhirError('too-large', 'too-long', 'A URL or its criteria are too long');
}

/** Reading entries of a transaction: they come after its commit, so that too many must be refused before it. */
export const mostReads = 1_000;

/** Distinct conditional references of a transaction, each of them a search. */
export const mostConditionalReferences = 2_000;

/** What the reading entries of one Bundle may bring into its answer together. */
export const mostReadBytes = 67_108_864;

/** Faults that a batch tells in full; from then on each entry tells its first one. */
export const mostIssues = 10_000;

export const tooCostly = (diagnostics: string): FhirError =>
  fhirError('too-large', 'too-costly', diagnostics);
