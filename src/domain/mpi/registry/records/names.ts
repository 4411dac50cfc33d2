/* Names that the person index writes into resources. */

const base = 'https://regional-hie.org';

/** System of the one identifier that a person has in the region for life; its value is the Person's id. */
export const personSystem = `${base}/id/person`;
/** Codes of the Tasks in the steward's queue (review-task.ts). */
export const reviewSystem = `${base}/fhir/CodeSystem/identity-review`;

/** Of the tag that says in which county a person lives (GB/T 2260). */
export const divisionSystem = `${base}/fhir/CodeSystem/gb-t-2260`;

/** Of the tag that says which node made a Person; its code is the node's id. */
export const domainSystem = `${base}/fhir/CodeSystem/identity-domain`;

export const extensionUrls = {
  /** On Person.link: why the record is of this person. */
  evidence: `${base}/fhir/StructureDefinition/match-evidence`,
  /** On Task.input, of a field that was compared: bits for one person, negative against it. */
  weight: `${base}/fhir/StructureDefinition/match-weight`,
  /** On Linkage: `link` or `non-link`. */
  decision: `${base}/fhir/StructureDefinition/identity-decision`,
  /** On Linkage: why, in the steward's words. */
  reason: `${base}/fhir/StructureDefinition/identity-decision-reason`,
  /** On Linkage: who decided, where no Practitioner is named. */
  decidedBy: `${base}/fhir/StructureDefinition/identity-decided-by`,
  /** On Linkage: the Person that goes on, of a merge, or comes back, of an unmerge. */
  person: `${base}/fhir/StructureDefinition/identity-decision-person`,
} as const;
