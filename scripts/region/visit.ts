import type { Bundle, CodeableConcept, Condition, Observation, Reference } from 'fhir/r4.js';

import { type Complaint, complaints, type Drug, tests, type TestCode } from './clinical-tables.js';
import { conditional, institutionReference, transactionOf } from './directory.js';
import { systems } from './identifiers.js';
import { decimal } from './json-text.js';
import { patientOf } from './patient.js';
import type { PatientRecord } from './patient-records.js';
import type { Person } from './people.js';

export interface Visit {
  readonly person: Person;
  readonly record: PatientRecord;
  /** Counts from 1 over the record's visits. */
  readonly number: number;
  /** Begin. */
  readonly at: Date;
}

type Draft = Parameters<typeof transactionOf>[1][number];

/** A hospital meets its patients again; a visit happens once, and a repeat of it is known by its X-Request-ID. */
const patientOnly = (type: string): boolean => type === 'Patient';

interface Case {
  readonly visit: Visit;
  readonly complaint: Complaint;
  readonly patient: { readonly reference: string };
  readonly encounter: { readonly reference: string };
  readonly doctor: Reference;
  /** A fresh `urn:uuid:`. */
  readonly urn: () => string;
  readonly minutes: (after: number) => string;
}

/**
 * One visit as the hospital's system sends it: a transaction Bundle with the patient (created unless the hospital's
 * record number is known), the encounter, its diagnosis, what was measured and what was prescribed.
 */
export function visitBundle(visit: Visit): Bundle {
  const { person, record } = visit;
  const { institution } = record;
  const { random } = person;
  const urn = (): string => `urn:uuid:${random.uuid()}`;
  const doctor = random.pick(institution.staff);
  const made: Case = {
    visit,
    complaint: drawComplaint(person),
    patient: { reference: urn() },
    encounter: { reference: urn() },
    doctor: conditional('Practitioner', systems.practitioner, doctor.licence),
    urn,
    minutes: (after) => chinaTime(new Date(visit.at.getTime() + after * 60_000)),
  };
  return transactionOf(patientOnly, [
    { fullUrl: made.patient.reference, resource: patientOf(record) },
    ...encounterDrafts(made),
    bloodPressureDraft(made),
    ...made.complaint.tests.map((test) => testDraft(made, test)),
    ...made.complaint.drugs
      .filter(() => random.chance(0.8))
      .map((drug, place) => prescriptionDraft(made, drug, place)),
  ]);
}

function drawComplaint({ random, age, resident: { sex } }: Person): Complaint {
  const fitting = complaints.filter(
    (row) => age >= row.ages[0] && age <= row.ages[1] && (row.sex === undefined || row.sex === sex),
  );
  return random.weighted(fitting.map((row) => [row, row.weight] as const));
}

function encounterDrafts(made: Case): Draft[] {
  const { visit, complaint, encounter, urn, minutes } = made;
  const { random } = visit.person;
  const { institution } = visit.record;
  const inpatient = institution.category.startsWith('A') && random.chance(0.25);
  const diagnosis = urn();
  return [
    {
      fullUrl: encounter.reference,
      resource: {
        resourceType: 'Encounter',
        identifier: [{ system: systems.outpatient, value: visitNumber(visit) }],
        status: 'finished',
        class: {
          system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
          code: inpatient ? 'IMP' : 'AMB',
          display: inpatient ? 'inpatient encounter' : 'ambulatory',
        },
        serviceType: { text: complaint.department },
        subject: made.patient,
        participant: [{ individual: made.doctor }],
        period: { start: minutes(0), end: minutes(inpatient ? 60 * 24 * 6 : 35) },
        reasonCode: [diagnosisOf(complaint)],
        diagnosis: [{ condition: { reference: diagnosis }, rank: 1 }],
        serviceProvider: institutionReference(institution.code),
      },
    },
    { fullUrl: diagnosis, resource: conditionOf(made) },
  ];
}

const visitNumber = ({ record, number }: Visit): string => `${record.number}-${number}`;

const diagnosisOf = ({ code, name }: Complaint): CodeableConcept => ({
  coding: [{ system: systems.icd10, code, display: name }],
  text: name,
});

function conditionOf({ visit, complaint, patient, encounter, doctor, minutes }: Case): Condition {
  const terminology = (name: string, code: string): CodeableConcept => ({
    coding: [{ system: `http://terminology.hl7.org/CodeSystem/${name}`, code }],
  });
  return {
    resourceType: 'Condition',
    identifier: [{ system: `${systems.own}/diagnosis`, value: visitNumber(visit) }],
    clinicalStatus: terminology('condition-clinical', 'active'),
    verificationStatus: terminology('condition-ver-status', 'confirmed'),
    category: [terminology('condition-category', 'encounter-diagnosis')],
    code: diagnosisOf(complaint),
    subject: patient,
    encounter,
    recordedDate: minutes(20),
    asserter: doctor,
  };
}

function bloodPressureDraft(made: Case): Draft {
  const { random, age } = made.visit.person;
  const systolic = Math.round(104 + age * 0.45 + 14 * (random.next() + random.next() - 1));
  const diastolic = Math.round(systolic * 0.62 + 6 * (random.next() - 0.5));
  const part = (loinc: string, text: string, value: number) => ({
    code: { coding: [{ system: 'http://loinc.org', code: loinc }], text },
    valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
  });
  return observationDraft(made, 'bp', {
    category: [observationCategory('vital-signs')],
    code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }], text: '血压' },
    component: [part('8480-6', '收缩压', systolic), part('8462-4', '舒张压', diastolic)],
  });
}

function testDraft(made: Case, name: TestCode): Draft {
  const test = tests[name];
  const { random } = made.visit.person;
  const spread = random.next() + random.next() + random.next() - 1.5;
  const value = Math.max(test.mean * 0.4, test.mean + spread * 1.6 * test.deviation);
  const flag = value > test.high ? 'H' : value < test.low ? 'L' : 'N';
  const quantity = { unit: test.unit, system: 'http://unitsofmeasure.org', code: test.unit };
  return observationDraft(made, name, {
    category: [
      observationCategory(name === 'temperature' || name === 'weight' ? 'vital-signs' : 'laboratory'),
    ],
    code: { coding: [{ system: 'http://loinc.org', code: test.loinc }], text: test.name },
    valueQuantity: { value: decimal(value, test.digits), ...quantity },
    interpretation: [
      {
        coding: [
          { system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: flag },
        ],
      },
    ],
    referenceRange: [{ low: { value: test.low, ...quantity }, high: { value: test.high, ...quantity } }],
  });
}

const observationCategory = (code: string): CodeableConcept => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code }],
});

function observationDraft(
  made: Case,
  name: string,
  content: Omit<Observation, 'resourceType' | 'status' | 'subject'>,
): Draft {
  return {
    fullUrl: made.urn(),
    resource: {
      resourceType: 'Observation',
      identifier: [
        {
          system: `${systems.own}/observation`,
          value: `${visitNumber(made.visit)}-${name}`,
        },
      ],
      status: 'final',
      ...content,
      subject: made.patient,
      encounter: made.encounter,
      effectiveDateTime: made.minutes(10),
      performer: [made.doctor],
    },
  };
}

function prescriptionDraft(made: Case, drug: Drug, place: number): Draft {
  return {
    fullUrl: made.urn(),
    resource: {
      resourceType: 'MedicationRequest',
      identifier: [
        {
          system: systems.prescription,
          value: `${visitNumber(made.visit)}-${place + 1}`,
        },
      ],
      status: 'completed',
      intent: 'order',
      medicationCodeableConcept: { text: drug.name },
      subject: made.patient,
      encounter: made.encounter,
      authoredOn: made.minutes(30),
      requester: made.doctor,
      reasonCode: [{ text: made.complaint.name }],
      dosageInstruction: [{ text: drug.dose }],
      dispenseRequest: { quantity: { value: drug.packs, unit: '盒' } },
    },
  };
}

/** ISO date and time with China's offset. */
const chinaTime = (at: Date): string =>
  new Date(at.getTime() + 8 * 3_600_000).toISOString().replace(/\.\d+Z$/, '+08:00');
