/** Lanes of the log, in the order in which a stream serves them. */
export const lanes = ['workflow', 'clinical', 'bulk'] as const;
export type Lane = (typeof lanes)[number];

/** The directory (IHE mCSD): owned above, streamed down. */
export const directoryTypes: ReadonlySet<string> = new Set([
  'Organization',
  'Location',
  'Practitioner',
  'PractitionerRole',
  'HealthcareService',
  'OrganizationAffiliation',
  'Endpoint',
]);

/** What a node hands to those below it: the directory, and who is who. */
export const downwardTypes: ReadonlySet<string> = new Set([...directoryTypes, 'Person']);

const workflowTypes: ReadonlySet<string> = new Set([
  ...directoryTypes,
  'Person',
  'Patient',
  'Linkage',
  'Task',
  'ServiceRequest',
  'Communication',
  'CommunicationRequest',
  'Appointment',
  'AppointmentResponse',
  'Slot',
  'Schedule',
  'Consent',
  'Subscription',
]);

const bulkTypes: ReadonlySet<string> = new Set([
  'AuditEvent',
  'Binary',
  'Bundle',
  'Claim',
  'ClaimResponse',
  'Composition',
  'DocumentManifest',
  'DocumentReference',
  'ExplanationOfBenefit',
  'ImagingStudy',
  'Media',
  'Provenance',
]);

/** The lane is decided by the resource type alone, so that all versions of a resource stay in order. */
export function laneOf(type: string): Lane {
  if (workflowTypes.has(type)) return 'workflow';
  return bulkTypes.has(type) ? 'bulk' : 'clinical';
}
