import type { Store, StoredVersion } from '../../../../ports/store.js';
import { enrolPatient } from '../held/enrol-patient.js';
import { namedKeys, replacedPatients } from '../held/replaced-patients.js';
import type { WorkingSet } from '../held/working-set.js';

/**
 * Patients that are tied to one by their own source and came before it, so that nothing has brought the two together yet:
 * each is enrolled again as tied. One of which a later version is held already is left to that version.
 */
export async function namingPatients(
  store: Pick<Store, 'read' | 'search' | 'enrolled'>,
  set: WorkingSet,
  { version, today }: { readonly version: StoredVersion; readonly today: string },
): Promise<string[]> {
  const { id } = version.key;
  if (!(await set.anyNaming())) return [];
  const naming = (await set.naming(namedKeys(version))).filter((other) => other !== id);
  if (naming.length === 0) return [];
  const [person] = await set.personsOf([id]);
  const together = new Set(person?.members.map(({ patient }) => patient));
  const known = await set.known(naming);
  const open = naming.filter((other) => !together.has(other) || !known.get(other)?.sameAs.includes(id));
  const held = await store.read(open.map((other) => ({ type: 'Patient', id: other })));
  const enrolled = await enrolledVersions(store, set, open);
  const tied: string[] = [];
  for (const [place, other] of open.entries()) {
    const current = held[place];
    if (!current || current.deleted || current.versionId !== enrolled[place]) continue;
    const sameAs = await replacedPatients(store, current);
    if (!sameAs.includes(id)) continue;
    set.enrol(other, enrolPatient(current, today, sameAs), current.body);
    if (!together.has(other)) tied.push(other);
  }
  return tied;
}

async function enrolledVersions(
  store: Pick<Store, 'enrolled'>,
  { enrolments }: WorkingSet,
  ids: readonly string[],
): Promise<(number | undefined)[]> {
  const rows = ids.length > 0 ? await store.enrolled(ids) : [];
  return ids.map((id, place) =>
    enrolments.has(id) ? enrolments.get(id)?.enrolment.versionId : rows[place]?.versionId,
  );
}
