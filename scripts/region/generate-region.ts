import type { Bundle } from 'fhir/r4.js';

import { directoryBundles } from './directory.js';
import { city } from './divisions.js';
import { createInstitutions, type Institution } from './institutions.js';
import { toJson } from './json-text.js';
import { people, type Person } from './people.js';
import { createRandom, type Random } from './random.js';
import { visitBundle } from './visit.js';

export interface RegionOptions {
  readonly seed: string;
  /** Number of people; each has one to four visits of about eight records. */
  readonly size: number;
  /** Last day of the visits, YYYY-MM-DD. */
  readonly until?: string;
  /** FHIR base of the node that serves an area code, for the directory's Endpoints. */
  readonly nodes?: ReadonlyMap<string, string>;
}

export interface Region {
  readonly institutions: readonly Institution[];
  /** Transactions that make the directory; the first one before the others. */
  directory(): Generator<RegionBundle>;
  /** Transactions of the hospitals, in any order; made as they are taken, however many. */
  visits(): Generator<RegionBundle & { readonly institution: Institution }>;
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
      const places = placesOf(institutions);
      const until = new Date(`${options.until ?? '2026-06-30'}T00:00:00Z`);
      for (const person of people(options.seed, options.size, until)) yield* visitsOf(person, places, until);
    },
  };
}

type Places = ReadonlyMap<string, readonly Institution[]>;

/** Institutions that see patients, by area. */
function placesOf(institutions: readonly Institution[]): Places {
  const places = new Map<string, Institution[]>();
  for (const institution of institutions) {
    if (/^[EJK]/.test(institution.category)) continue;
    places.set(institution.area, [...(places.get(institution.area) ?? []), institution]);
  }
  return places;
}

function* visitsOf(person: Person, places: Places, until: Date): ReturnType<Region['visits']> {
  const seen = new Set<string>();
  const count = person.random.weighted([
    [1, 5],
    [2, 3],
    [3, 1.5],
    [4, 0.5],
  ]);
  for (let number = 1; number <= count; number += 1) {
    const institution = choosePlace(person, places, person.random);
    const minutes = person.random.between(0, 365 * 540) + Math.floor(number / 10);
    const day = Math.floor(minutes / 540);
    const at = new Date(until.getTime() - day * 86_400_000 + (minutes % 540) * 60_000);
    const bundle = visitBundle({ person, institution, number, at });
    const adds = countTypes(bundle);
    if (seen.has(institution.code)) adds.delete('Patient');
    seen.add(institution.code);
    yield { institution, text: toJson(bundle), adds };
  }
}

/** Most go to the nearest: tiered diagnosis as it is meant, and as people do it all the same. */
function choosePlace(person: Person, places: Places, random: Random): Institution {
  const local = places.get(person.county.code) ?? [];
  const near = local.filter(({ township }) => township === person.township);
  const hospitals = local.filter(({ township }) => township === undefined);
  const level = random.weighted([
    [near, 5],
    [hospitals, 4],
    [places.get(city.code) ?? [], 1.5],
  ]);
  return random.pick(level.length > 0 ? level : hospitals);
}

function countTypes(bundle: Bundle): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { resource } of bundle.entry ?? []) {
    if (resource) counts.set(resource.resourceType, (counts.get(resource.resourceType) ?? 0) + 1);
  }
  return counts;
}
