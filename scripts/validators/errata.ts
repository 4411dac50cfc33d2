import type { SpecElement } from './spec-element.js';

const profile = (type: string): string => `http://hl7.org/fhir/StructureDefinition/${type}`;
const reference = (...types: string[]): { code: string; targetProfile: string[] }[] => [
  { code: 'Reference', targetProfile: types.map(profile) },
];
const characteristic = 'EvidenceVariable.characteristic';

/**
 * Where the installed StructureDefinitions depart from HL7's 4.0.1 (found by comparing every element with the
 * definitions that HL7 publishes): later versions of some elements were merged into them. What they merely add is
 * dropped because HL7's JSON schema does not have it.
 */
export const elementErrata: readonly SpecElement[] = [
  {
    path: 'AuditEvent.source.observer',
    min: 1,
    max: '1',
    type: reference('PractitionerRole', 'Practitioner', 'Organization', 'Device', 'Patient', 'RelatedPerson'),
  },
  { path: 'Bundle.entry.response.outcome', min: 0, max: '1', type: [{ code: 'Resource' }] },
  {
    path: 'DetectedIssue.status',
    min: 1,
    max: '1',
    type: [{ code: 'code' }],
    binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/observation-status|4.0.1' },
  },
  { path: characteristic, min: 1, max: '*', type: [{ code: 'BackboneElement' }] },
  { path: `${characteristic}.description`, min: 0, max: '1', type: [{ code: 'string' }] },
  {
    path: `${characteristic}.definition[x]`,
    min: 1,
    max: '1',
    type: [
      { code: 'Reference', targetProfile: [profile('Group')] },
      { code: 'canonical' },
      { code: 'CodeableConcept' },
      { code: 'Expression' },
      { code: 'DataRequirement' },
      { code: 'TriggerDefinition' },
    ],
  },
  { path: `${characteristic}.usageContext`, min: 0, max: '*', type: [{ code: 'UsageContext' }] },
  {
    path: `${characteristic}.participantEffective[x]`,
    min: 0,
    max: '1',
    type: [{ code: 'dateTime' }, { code: 'Period' }, { code: 'Duration' }, { code: 'Timing' }],
  },
  { path: `${characteristic}.timeFromStart`, min: 0, max: '1', type: [{ code: 'Duration' }] },
  {
    path: `${characteristic}.groupMeasure`,
    min: 0,
    max: '1',
    type: [{ code: 'code' }],
    binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/group-measure|4.0.1' },
  },
  {
    path: 'MeasureReport.subject',
    min: 0,
    max: '1',
    type: reference(
      'Patient',
      'Practitioner',
      'PractitionerRole',
      'Location',
      'Device',
      'RelatedPerson',
      'Group',
    ),
  },
  { path: 'ResearchStudy.site', min: 0, max: '*', type: reference('Location') },
];
