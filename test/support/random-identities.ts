import { fhirRequest, entriesOf, linkOf, type Json } from './fhir-request.js';
import { idOf, settled } from './mpi-requests.js';
import { patient, residentId, type PatientSketch } from './patients.js';
import type { TestNode } from './start-node.js';
import { askSteward } from './steward-requests.js';

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const people = 24;
const givens = '晓梅国强建军玉兰志明秀英海燕文斌'.match(/../gu) ?? [];

/** A record of one of a few people, some of them alike, with what a source may leave out or get wrong. */
function recordOf(random: () => number): PatientSketch {
  const serial = Math.floor(random() * people);
  // Two of a household: the same home, telephone, surname and, of each second household, the birth date (twins).
  const household = serial >> 1;
  const year = 1950 + 3 * household + (household % 2 === 0 ? 20 * (serial % 2) : 0);
  const birthDate = `${String(year)}-0${String(1 + (household % 9))}-15`;
  const given = givens[serial % givens.length] ?? '';
  const left = (share: number): boolean => random() < share;
  return {
    name: `${'王李张刘陈杨赵黄周吴徐孙'[household] ?? '王'}${left(0.15) ? given.slice(0, 1) : given}`,
    birthDate: left(0.1) ? birthDate.replace('-15', '-16') : birthDate,
    gender: serial % 2 === 0 ? 'female' : 'male',
    residentId: left(0.5) ? undefined : residentId('420602', birthDate, String(100 + serial)),
    phone: left(0.4) ? undefined : `100${String(household).padStart(8, '0')}`,
    address: left(0.4) ? undefined : `湖北省襄阳市襄城区檀溪路${String(household)}号`,
    division: '420602',
  };
}

const blank: PatientSketch = { name: '不详', birthDate: '1900-01-01' };

/** What one random operation was answered with. */
export interface Attempt {
  readonly operation: string;
  readonly status: number;
}

/** Does something at random that a hospital or a steward may do. */
export async function attempt(node: TestNode, random: () => number): Promise<Attempt> {
  const { base } = node;
  const one = <Value>(values: readonly Value[]): Value | undefined =>
    values[Math.floor(random() * values.length)];
  const idsOf = async (query: string): Promise<string[]> =>
    (await allAt(node, query)).map(({ id }) => id as string);
  const send = async (operation: string, path: string, method: string, body?: unknown): Promise<Attempt> => {
    const answer = await fhirRequest(`${base}/${path}`, { method, ...(body ? { body } : {}) });
    return { operation, status: answer.status };
  };
  const ask = async (
    operation: string,
    path: string,
    input?: Parameters<typeof askSteward>[2],
  ): Promise<Attempt> => ({
    operation,
    status: (await askSteward(node, `${path}/${operation}`, input)).status,
  });
  const record = random() < 0.05 ? blank : recordOf(random);
  const dice = random();
  if (dice < 0.34) return send('send', 'Patient', 'POST', patient(record));
  const patients = await idsOf('Patient?');
  const id = one(patients) ?? '';
  if (id === '') return { operation: 'nothing', status: 200 };
  if (dice < 0.44) return send('correct', `Patient/${id}`, 'PUT', { ...patient(record), id });
  if (dice < 0.5) return send('delete', `Patient/${id}`, 'DELETE');
  const persons = await allAt(node, 'Person?');
  const active = persons.filter(({ active }) => active === true).map(({ id }) => id as string);
  const gone = persons.filter(({ active, link }) => active === false && link).map(({ id }) => id as string);
  if (dice < 0.6) return ask('$merge', `Person/${one(active) ?? ''}`, { into: one(active) ?? '' });
  if (dice < 0.7) return ask('$unmerge', `Person/${one(gone) ?? one(active) ?? ''}`);
  if (dice < 0.78) return ask('$link', `Person/${one(active) ?? ''}`, { patient: id });
  if (dice < 0.88) {
    const holder = persons.find((person) => membersOf(person).includes(id));
    return ask('$unlink', `Person/${(holder?.['id'] as string | undefined) ?? ''}`, { patient: id });
  }
  if (dice < 0.94) {
    const choice = one(['link', 'keep-apart', 'postpone']) ?? 'link';
    return ask('$decide', `Task/${one(await idsOf('Task?status=requested,on-hold&')) ?? 'none'}`, { choice });
  }
  if (dice < 0.97) {
    return ask('$decide', `Task/${one(await idsOf('Task?status=completed&')) ?? 'none'}`, { choice: 'undo' });
  }
  const linkage = one(await allAt(node, 'Linkage?'));
  if (!linkage) return { operation: 'nothing', status: 200 };
  return send('undo', `Linkage/${linkage['id'] as string}`, 'PUT', { ...linkage, active: false });
}

/** Patients of a Person. */
export const membersOf = (person: Json): string[] =>
  ((person['link'] ?? []) as Json[])
    .map((link) => (link['target'] as Json)['reference'] as string)
    .filter((reference) => reference.startsWith('Patient/'))
    .map((reference) => reference.slice('Patient/'.length));

/** Id of the Person that a merged-away one leads to. */
export function mergedInto(person: Json): string | undefined {
  const [link] = (person['link'] ?? []) as Json[];
  return person['active'] === false && link ? idOf(link, 'target') : undefined;
}

/** All matches of a search that ends with `?` or `&`. */
export async function allAt({ base }: TestNode, search: string): Promise<Json[]> {
  const found: Json[] = [];
  for (let url: string | undefined = `${base}/${search}_count=200`; url !== undefined;) {
    const answer = await fhirRequest(url);
    found.push(...entriesOf(answer).flatMap(({ resource }) => (resource ? [resource] : [])));
    url = linkOf(answer, 'next');
  }
  return found;
}

/** So many attempts by the numbers of a seed; registering is waited for before some of them only. */
export async function attemptMany(
  node: TestNode,
  { seed, attempts }: { readonly seed: number; readonly attempts: number },
): Promise<Attempt[]> {
  const random = randomOf(seed);
  const done: Attempt[] = [];
  for (let turn = 0; turn < attempts; turn++) {
    if (random() < 0.5) await settled(node);
    done.push(await attempt(node, random));
  }
  await settled(node);
  return done;
}
