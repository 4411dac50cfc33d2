import type { Bundle } from 'fhir/r4.js';

import { lastBirth } from '../population/residents.js';
import { directoryBundles } from './directory.js';
import { createInstitutions, type Institution } from './institutions.js';
import { toJson } from './json-text.js';
import { createRecords, type PatientRecord } from './patient-records.js';
import { people, type Person } from './people.js';
import { placesOf } from './places.js';
import { createRandom } from './random.js';
import { visitBundle } from './visit.js';

export interface RegionOptions {
  readonly seed: string;
  /** Number of people; each has one to four visits of about eight records, in one to three institutions. */
  readonly size: number;
  /** FHIR base of the node that serves an area code, for the directory's Endpoints. */
  readonly nodes?: ReadonlyMap<string, string>;
}

export interface Region {
  readonly institutions: readonly Institution[];
  /** Transactions that make the directory; the first one before the others. */
  directory(): Generator<RegionBundle>;
  /** Transactions of the hospitals, in any order; made as they are taken, however many. */
  visits(): Generator<RegionVisit>;
}

export interface RegionVisit extends RegionBundle {
  readonly institution: Institution;
  /** The record of the patient, with the truth of who it is. */
  readonly record: PatientRecord;
}

export interface RegionBundle {
  /** JSON text of a transaction Bundle. */
  readonly text: string;
  /** Records a type that the region has more once this is stored. */
  readonly adds: ReadonlyMap<string, number>;
}

/** A believable region: the same options give the same text on every machine. */
export function generateRegion(options: RegionOptions): Region {
  const institutions = createInstitutions(options.seed);
  const plan = { institutions, nodes: options.nodes ?? new Map<string, string>() };
  return {
    institutions,
    *directory() {
      for (const bundle of directoryBundles({ ...plan, random: createRandom(`${options.seed}/directory`) })) {
        yield { text: toJson(bundle), adds: countTypes(bundle) };
      }
    },
    *visits() {
      const recordsOf = createRecords(placesOf(institutions));
      for (const person of people(options.seed, options.size)) {
        for (const record of recordsOf(person)) yield* visitsOf(person, record);
      }
    },
  };
}

const lastDay = Date.parse(`${lastBirth}T00:00:00Z`);
const day = 86_400_000;
/** Minutes of a day in which somebody comes. */
const open = 540;

/** In the year before the last day, and not before the person is born. */
function* visitsOf(person: Person, record: PatientRecord): ReturnType<Region['visits']> {
  const life = (lastDay - Date.parse(person.resident.birthDate)) / day;
  for (let number = 1; number <= record.visits; number += 1) {
    const minutes = person.random.between(0, Math.min(365, life) * open);
    const at = new Date(lastDay - Math.floor(minutes / open) * day + (minutes % open) * 60_000);
    const bundle = visitBundle({ person, record, number, at });
    const adds = countTypes(bundle);
    if (number > 1) adds.delete('Patient');
    yield { institution: record.institution, record, text: toJson(bundle), adds };
  }
}

function countTypes(bundle: Bundle): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { resource } of bundle.entry ?? []) {
    if (resource) counts.set(resource.resourceType, (counts.get(resource.resourceType) ?? 0) + 1);
  }
  return counts;
}
