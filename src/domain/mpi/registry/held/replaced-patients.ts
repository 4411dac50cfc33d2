import type { Store, StoredVersion } from '../../../../ports/store.js';
import { listOf, memberOf, textAt } from '../../identity/loose-json.js';

const mostLinks = 20;
const mostIdentifiers = 20;

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
  if (!namesOthers(body)) return [];
  for (const { id, identifier } of replacedIn(JSON.parse(body))) {
    const one = id ?? (identifier && (await patientWith(store, identifier)));
    if (one !== undefined && one !== key.id) found.add(one);
  }
  return [...found];
}

export const namesOthers = (body: string): boolean => body.includes('"replace');

/** Is on every Patient that names another one. */
export const namingKey = 'l:';

export const isNamingKey = (key: string): boolean => key.startsWith(namingKey);

/** Blocking keys by which a Patient is found by those that it names, also by one that is not held yet. */
export function namingKeys(patient: unknown): string[] {
  const keys = replacedIn(patient).flatMap(({ id, identifier }) =>
    id !== undefined ? [keyOfId(id)] : identifier ? [keyOfIdentifier(identifier)] : [],
  );
  return keys.length > 0 ? [namingKey, ...keys] : [];
}

/** The same keys from the other side: those by which the Patients are found that name this one. */
export function namedKeys({ key, body }: Pick<StoredVersion, 'key' | 'body'>): string[] {
  const identifiers = listOf(memberOf(JSON.parse(body), 'identifier')).slice(0, mostIdentifiers);
  return [keyOfId(key.id), ...identifiers.flatMap((one) => wholeIdentifier(one) ?? []).map(keyOfIdentifier)];
}

interface Identifier {
  readonly system: string;
  readonly value: string;
}

const keyOfId = (id: string): string => `${namingKey}Patient/${id}`;
const keyOfIdentifier = ({ system, value }: Identifier): string => `${namingKey}${system}|${value}`;

interface Replaced {
  readonly id?: string;
  readonly identifier?: Identifier | undefined;
}

function replacedIn(patient: unknown): Replaced[] {
  const links = listOf(memberOf(patient, 'link')).slice(0, mostLinks);
  return links.flatMap((link): Replaced[] => {
    if (!/^replace/.test(textAt(link, 'type'))) return [];
    const other = memberOf(link, 'other');
    const reference = textAt(other, 'reference');
    const id = /^Patient\/([A-Za-z0-9.-]{1,64})$/.exec(reference)?.[1];
    if (id !== undefined) return [{ id }];
    return reference === '' ? [{ identifier: wholeIdentifier(memberOf(other, 'identifier')) }] : [];
  });
}

function wholeIdentifier(identifier: unknown): Identifier | undefined {
  const [system, value] = [textAt(identifier, 'system'), textAt(identifier, 'value')];
  return system === '' || value === '' ? undefined : { system, value };
}

async function patientWith(
  store: Pick<Store, 'search'>,
  { system, value }: Identifier,
): Promise<string | undefined> {
  const { matches } = await store.search({
    type: 'Patient',
    where: { kind: 'param', code: 'identifier', test: { kind: 'token', system, value } },
    sort: { by: 'first-arrival', descending: false },
    limit: 2,
    total: 'none',
  });
  return matches.length === 1 ? matches[0]?.key.id : undefined;
}
