import type { Store, StoredVersion } from '../../../ports/store.js';
import { listOf, memberOf, textAt } from '../identity/loose-json.js';

const mostLinks = 20;

/**
 * Patients that one was replaced by or replaces, as its own source says (Patient.link; IHE ITI-104). A source that keeps
 * no ids of ours names the other by its number, `other.identifier`; one that is held by several Patients, or by none yet,
 * says nothing.
 */
export async function replacedPatients(
  store: Pick<Store, 'search'>,
  { key, body }: Pick<StoredVersion, 'key' | 'body'>,
): Promise<string[]> {
  const found = new Set<string>();
  // Most name nobody, and a body costs more to parse than to look through.
  if (!body.includes('"replace')) return [];
  const patient: unknown = JSON.parse(body);
  for (const link of listOf(memberOf(patient, 'link')).slice(0, mostLinks)) {
    if (!/^replace/.test(textAt(link, 'type'))) continue;
    const other = memberOf(link, 'other');
    const reference = textAt(other, 'reference');
    const named = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1];
    const one =
      named ?? (reference === '' ? await patientWith(store, memberOf(other, 'identifier')) : undefined);
    if (one !== undefined && one !== key.id) found.add(one);
  }
  return [...found];
}

async function patientWith(store: Pick<Store, 'search'>, identifier: unknown): Promise<string | undefined> {
  const [system, value] = [textAt(identifier, 'system'), textAt(identifier, 'value')];
  if (system === '' || value === '') return undefined;
  const { matches } = await store.search({
    type: 'Patient',
    where: { kind: 'param', code: 'identifier', test: { kind: 'token', system, value } },
    sort: { by: 'first-arrival', descending: false },
    limit: 2,
    total: 'none',
  });
  return matches.length === 1 ? matches[0]?.key.id : undefined;
}
