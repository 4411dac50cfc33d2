import { listOf, memberOf, textAt } from '../../identity/loose-json.js';
import type { Explanation } from '../../scorer.js';
import { divisionSystem, domainSystem, extensionUrls, personSystem } from './names.js';

/** A golden record: which Patients are one person. Written by the identity domain alone. */
export interface Person {
  readonly id: string;
  readonly active: boolean;
  readonly members: readonly Member[];
  /** Id of the Person that goes on in its place. */
  readonly mergedInto?: string;
}

/** A Patient of a person. */
export interface Member {
  readonly patient: string;
  /** http://hl7.org/fhir/R4/valueset-identity-assuranceLevel.html: 1 alone, 2 likely, 3 sure, 4 confirmed by a human. */
  readonly assurance: 1 | 2 | 3 | 4;
  /** Absent of a record that stands alone; in a large Person it stands only in the version that added the record. */
  readonly evidence?: Evidence;
}

/** Why a record is of its person: the strongest pair that it makes with another record of the person. */
export interface Evidence {
  /** Version of the match model. */
  readonly model: string;
  /** The other record's Patient id. */
  readonly partner: string;
  readonly posterior: number;
  /** Bits. */
  readonly weight: number;
  /** Bits a field; absent fields left out. */
  readonly fields: Readonly<Record<string, number>>;
}

/** What a Person shows of who it is, out of its best source. */
export interface Demographics {
  readonly name?: unknown;
  readonly gender?: unknown;
  readonly birthDate?: unknown;
  /** Six digits (GB/T 2260) of the home's county; '' where no record tells. */
  readonly division: string;
  /** Verified documents. */
  readonly identifiers: readonly { readonly system: string; readonly value: string }[];
}

export function evidenceOf({ model, posterior, weight, fields }: Explanation, partner: string): Evidence {
  const told = fields.filter(({ agreement }) => agreement !== 'absent');
  return {
    model,
    partner,
    posterior: round(posterior, 6),
    weight: round(weight, 2),
    fields: Object.fromEntries(told.map((field) => [field.field, round(field.weight, 2)])),
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** FHIR R4 Person as JSON text, made by a node. */
export function personText(person: Person, demographics: Demographics, nodeId: string): string {
  const { name, gender, birthDate, division, identifiers } = demographics;
  const identifier = [{ system: personSystem, value: person.id }, ...identifiers];
  const shown = {
    ...(name ? { name } : {}),
    ...(gender ? { gender } : {}),
    ...(birthDate ? { birthDate } : {}),
  };
  const links =
    person.mergedInto === undefined
      ? person.members.map(linkOf)
      : [{ target: { reference: `Person/${person.mergedInto}` }, assurance: 'level4' }];
  // By the tags people are counted: those of a county, and those whom the domain of the region has made.
  const tag = [
    ...(division === '' ? [] : [{ system: divisionSystem, code: division }]),
    { system: domainSystem, code: nodeId },
  ];
  return JSON.stringify({
    resourceType: 'Person',
    id: person.id,
    meta: { tag },
    identifier,
    ...shown,
    active: person.active,
    ...(links.length > 0 ? { link: links } : {}),
  });
}

const linkOf = ({ patient, assurance, evidence }: Member): object => ({
  ...(evidence ? { extension: [evidenceExtension(evidence)] } : {}),
  target: { reference: `Patient/${patient}` },
  assurance: `level${String(assurance)}`,
});

const evidenceExtension = ({ model, partner, posterior, weight, fields }: Evidence): object => ({
  url: extensionUrls.evidence,
  extension: [
    { url: 'model', valueString: model },
    { url: 'partner', valueReference: { reference: `Patient/${partner}` } },
    { url: 'posterior', valueDecimal: posterior },
    { url: 'weight', valueDecimal: weight },
    ...Object.entries(fields).map(([field, bits]) => ({ url: field, valueDecimal: bits })),
  ],
});

/** Of a stored Person, of whatever shape: what isn't ours says nothing. */
export function readPerson(body: string): Person {
  const value: unknown = JSON.parse(body);
  const links = listOf(memberOf(value, 'link'));
  const mergedInto = links.map((link) => targetOf(link, 'Person')).find((id) => id !== undefined);
  return {
    id: textAt(value, 'id'),
    active: memberOf(value, 'active') !== false,
    members: links.flatMap((link) => {
      const patient = targetOf(link, 'Patient');
      return patient === undefined ? [] : [memberFrom(link, patient)];
    }),
    ...(mergedInto === undefined ? {} : { mergedInto }),
  };
}

function targetOf(link: unknown, type: 'Patient' | 'Person'): string | undefined {
  const reference = textAt(memberOf(link, 'target'), 'reference');
  return reference.startsWith(`${type}/`) ? reference.slice(type.length + 1) : undefined;
}

function memberFrom(link: unknown, patient: string): Member {
  const level = Number(textAt(link, 'assurance').slice('level'.length));
  const assurance = level === 2 || level === 3 || level === 4 ? level : 1;
  const evidence = listOf(memberOf(link, 'extension')).find(
    (extension) => textAt(extension, 'url') === extensionUrls.evidence,
  );
  return { patient, assurance, ...(evidence === undefined ? {} : { evidence: evidenceFrom(evidence) }) };
}

function evidenceFrom(extension: unknown): Evidence {
  const parts = listOf(memberOf(extension, 'extension'));
  const part = (url: string): unknown => parts.find((candidate) => textAt(candidate, 'url') === url);
  const decimal = (url: string): number => Number(memberOf(part(url), 'valueDecimal') ?? 0);
  const known = new Set(['model', 'partner', 'posterior', 'weight']);
  const fields = parts
    .filter((candidate) => !known.has(textAt(candidate, 'url')))
    .map(
      (candidate) => [textAt(candidate, 'url'), Number(memberOf(candidate, 'valueDecimal') ?? 0)] as const,
    );
  return {
    model: textAt(part('model'), 'valueString'),
    partner: textAt(memberOf(part('partner'), 'valueReference'), 'reference').slice('Patient/'.length),
    posterior: decimal('posterior'),
    weight: decimal('weight'),
    fields: Object.fromEntries(fields),
  };
}
