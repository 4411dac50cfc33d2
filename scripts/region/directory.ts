import type { Bundle, CodeableConcept, FhirResource, Identifier, Organization, Reference } from 'fhir/r4.js';

import { city, counties } from './divisions.js';
import { systems } from './identifiers.js';
import { categories, type Doctor, type Institution } from './institutions.js';
import type { Random } from './random.js';

export interface DirectoryPlan {
  readonly institutions: readonly Institution[];
  /** FHIR base of the node that serves an area code; an area without one is served by the city's. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly random: Random;
}

/**
 * The directory (IHE mCSD) as transaction Bundles: first the health commissions with their nodes' Endpoints, then one an
 * institution. Every entry is a conditional create by identifier, so that sending it again makes nothing twice.
 */
export function* directoryBundles(plan: DirectoryPlan): Generator<Bundle> {
  yield commissionBundle(plan);
  const hospitals = new Map(
    plan.institutions.filter(({ category }) => category === 'A100').map((entry) => [entry.area, entry]),
  );
  for (const institution of plan.institutions) {
    const leader = institution.township === undefined ? undefined : hospitals.get(institution.area);
    yield institutionBundle(institution, leader, plan.random);
  }
}

const identifierOf = (system: string, value: string): [Identifier] => [{ system, value }];
const own = (kind: string, value: string): [Identifier] => identifierOf(`${systems.own}/${kind}`, value);
export const conditional = (type: string, system: string, value: string): Reference => ({
  reference: `${type}?identifier=${system}|${value}`,
});
export const institutionReference = (code: string): Reference =>
  conditional('Organization', systems.institution, code);
const commissionReference = (area: string): Reference =>
  conditional('Organization', `${systems.own}/commission`, area);
const concept = (system: string, code: string, text: string): CodeableConcept => ({
  coding: [{ system, code, display: text }],
  text,
});
const organizationType = (code: string, display: string): CodeableConcept => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code, display }],
});

const always = (): boolean => true;

interface Draft {
  readonly fullUrl: string;
  readonly resource: FhirResource;
}

/** A transaction that creates each resource; those of a conditional type only where their first identifier is unknown. */
export function transactionOf(isConditional: (type: string) => boolean, drafts: readonly Draft[]): Bundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: drafts.map(({ fullUrl, resource }) => {
      const [first] = 'identifier' in resource ? [resource.identifier ?? []].flat() : [];
      const ifNoneExist =
        first &&
        isConditional(resource.resourceType) &&
        `identifier=${first.system ?? ''}|${first.value ?? ''}`;
      return {
        fullUrl,
        resource,
        request: {
          method: 'POST' as const,
          url: resource.resourceType,
          ...(ifNoneExist ? { ifNoneExist } : {}),
        },
      };
    }),
  };
}

function commissionBundle({ nodes, random }: DirectoryPlan): Bundle {
  const areas = [{ code: city.code, name: city.name }, ...counties];
  const urls = new Map(areas.map(({ code }) => [code, `urn:uuid:${random.uuid()}`]));
  const drafts: Draft[] = [];
  for (const { code, name } of areas) {
    const isCity = code === city.code;
    const address = nodes.get(code);
    const endpointUrl = `urn:uuid:${random.uuid()}`;
    const organization: Organization = {
      resourceType: 'Organization',
      identifier: own('commission', code),
      active: true,
      type: [organizationType('govt', 'Government')],
      name: isCity ? `${name}卫生健康委员会` : `${name}卫生健康局`,
      address: [
        { country: 'CN', state: city.province, city: city.name, ...(isCity ? {} : { district: name }) },
      ],
      ...(isCity ? {} : { partOf: { reference: urls.get(city.code) ?? '' } }),
      ...(address === undefined ? {} : { endpoint: [{ reference: endpointUrl }] }),
    };
    drafts.push({ fullUrl: urls.get(code) ?? '', resource: organization });
    if (address === undefined) continue;
    drafts.push({
      fullUrl: endpointUrl,
      resource: {
        resourceType: 'Endpoint',
        identifier: own('endpoint', code),
        status: 'active',
        connectionType: {
          system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
          code: 'hl7-fhir-rest',
        },
        name: `${name}节点`,
        managingOrganization: { reference: urls.get(code) ?? '' },
        payloadType: [{ text: 'FHIR R4' }],
        payloadMimeType: ['application/fhir+json'],
        address,
      },
    });
  }
  return transactionOf(always, drafts);
}

interface Urls {
  readonly organization: string;
  readonly location: string;
}

function institutionBundle(
  institution: Institution,
  leader: Institution | undefined,
  random: Random,
): Bundle {
  const urn = (): string => `urn:uuid:${random.uuid()}`;
  const urls = { organization: urn(), location: urn() };
  const drafts = [
    ...placeDrafts(institution, urls),
    ...institution.departments.map((department, place): Draft => ({
      fullUrl: urn(),
      resource: {
        resourceType: 'HealthcareService',
        identifier: own('service', `${institution.code}-${place + 1}`),
        active: true,
        providedBy: { reference: urls.organization },
        specialty: [concept(systems.department, department, department)],
        location: [{ reference: urls.location }],
        name: `${institution.name}${department}`,
      },
    })),
    ...institution.staff.flatMap((doctor) => doctorDrafts(doctor, urls, urn)),
  ];
  if (leader) {
    drafts.push({
      fullUrl: urn(),
      resource: {
        resourceType: 'OrganizationAffiliation',
        identifier: own('affiliation', institution.code),
        active: true,
        organization: institutionReference(leader.code),
        participatingOrganization: { reference: urls.organization },
        code: [{ text: '县域医共体成员' }],
      },
    });
  }
  return transactionOf(always, drafts);
}

function placeDrafts({ code, name, area, areaName, township, category }: Institution, urls: Urls): Draft[] {
  const address = {
    country: 'CN',
    state: city.province,
    city: city.name,
    ...(area === city.code ? {} : { district: areaName }),
    ...(township === undefined ? {} : { line: [township] }),
  };
  return [
    {
      fullUrl: urls.organization,
      resource: {
        resourceType: 'Organization',
        identifier: identifierOf(systems.institution, code),
        active: true,
        type: [
          organizationType('prov', 'Healthcare Provider'),
          concept(systems.institutionCategory, category, categories[category].name),
        ],
        name,
        address: [address],
        partOf: commissionReference(area),
      },
    },
    {
      fullUrl: urls.location,
      resource: {
        resourceType: 'Location',
        identifier: own('location', code),
        status: 'active',
        mode: 'instance',
        name,
        address,
        managingOrganization: { reference: urls.organization },
      },
    },
  ];
}

function doctorDrafts(doctor: Doctor, urls: Urls, urn: () => string): Draft[] {
  const practitionerUrl = urn();
  const { family, given } = doctor.name;
  return [
    {
      fullUrl: practitionerUrl,
      resource: {
        resourceType: 'Practitioner',
        identifier: identifierOf(systems.practitioner, doctor.licence),
        active: true,
        name: [{ use: 'official', text: family + given, family, given: [given] }],
        gender: doctor.sex,
      },
    },
    {
      fullUrl: urn(),
      resource: {
        resourceType: 'PractitionerRole',
        identifier: own('role', doctor.licence),
        active: true,
        practitioner: { reference: practitionerUrl },
        organization: { reference: urls.organization },
        code: [{ text: doctor.title }],
        specialty: [concept(systems.department, doctor.department, doctor.department)],
        location: [{ reference: urls.location }],
      },
    },
  ];
}
