import { resourceTypes, searchParametersOf } from '../fhir/search/search-parameters.js';
import type { InteractionCode, Route } from './route.js';

export interface CapabilityFacts {
  readonly nodeName: string;
  readonly version: string;
  /** ISO instant: when this statement came to hold. */
  readonly date: string;
  /** Clients sign in (SMART Backend Services). */
  readonly signIn: boolean;
  /** Knows which Patients are one person. */
  readonly personIndex: boolean;
}

type Json = Readonly<Record<string, unknown>>;

/** http://hl7.org/fhir/R4/capabilitystatement.html, made from the route table and the search parameters. */
export function capabilityStatement(facts: CapabilityFacts, routes: readonly Route[], base: string): Json {
  const has = new Set(routes.map(({ interaction }) => interaction));
  const interactions = (codes: readonly InteractionCode[]): Json[] =>
    codes.filter((code) => has.has(code)).map((code) => ({ code }));
  const conditional = conditionalSupport(has);
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: facts.date,
    kind: 'instance',
    software: { name: 'regional-hie', version: facts.version },
    implementation: { description: facts.nodeName, url: base },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        documentation: facts.personIndex ? `${restDocumentation} ${personDocumentation}` : restDocumentation,
        ...(facts.signIn ? { security: security(base) } : {}),
        resource: [...resourceTypes].map((type) => ({
          type,
          interaction: interactions(typeCodes),
          ...conditional,
          searchParam: searchParams(type),
          ...operations(routes, type),
        })),
        interaction: [
          ...(has.has('transaction') ? [{ code: 'transaction' }, { code: 'batch' }] : []),
          ...interactions(['history-system']),
        ],
        ...operations(routes, ''),
      },
    ],
  };
}

const restDocumentation =
  'References: when a resource is written, the targets of its literal references on this server must exist. A delete is ' +
  'not refused because others refer to the deleted resource.';

const personDocumentation =
  'Identity feed (IHE ITI-104): conditional update and delete of Patient by identifier, Patient.link replaced-by for a ' +
  'resolved duplicate. Persons are read and searched; the person index alone writes them. The modifier :mdm on a ' +
  'reference that may point to a Patient (Observation?patient:mdm=Patient/1) searches all records of the person. ' +
  'Answers with the header X-Person-Index: provisional rest on this node alone.';

const typeCodes: readonly InteractionCode[] = [
  'read',
  'vread',
  'update',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
];

const conditionalSupport = (has: ReadonlySet<InteractionCode>): Json => ({
  versioning: 'versioned-update',
  readHistory: has.has('vread'),
  updateCreate: has.has('update'),
  conditionalCreate: has.has('create'),
  conditionalRead: 'full-support',
  conditionalUpdate: has.has('conditional-update'),
  conditionalDelete: has.has('conditional-delete') ? 'single' : 'not-supported',
  referencePolicy: ['literal', 'logical'],
});

const searchParams = (type: string): Json[] =>
  [...searchParametersOf(type).values()]
    .filter(({ kinds, type: kind }) => kinds.length > 0 || kind === 'composite')
    .map(({ code, url, type: kind }) => ({ name: code, definition: url, type: kind }));

/** Operations of one type, or of the system as a whole (''). */
function operations(routes: readonly Route[], type: string): Json {
  const definitions = new Map<string, string>();
  for (const { interaction, path, definition } of routes) {
    const place = path.lastIndexOf('$');
    if (interaction !== 'operation' || place < 0 || typeOf(path) !== type) continue;
    const name = path.slice(place + 1);
    definitions.set(name, definition ?? `urn:regional-hie:operation:${name}`);
  }
  if (definitions.size === 0) return {};
  return { operation: [...definitions].map(([name, definition]) => ({ name, definition })) };
}

/** Of a path such as `/Patient/$match`. */
function typeOf(path: string): string {
  const first = path.split('/')[1] ?? '';
  return resourceTypes.has(first) ? first : '';
}

/** http://hl7.org/fhir/smart-app-launch/STU2/conformance.html */
const security = (base: string): Json => ({
  cors: false,
  service: [
    {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/restful-security-service', code: 'SMART-on-FHIR' },
      ],
    },
  ],
  extension: [
    {
      url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
      extension: [{ url: 'token', valueUri: base.replace(/\/fhir$/, '/auth/token') }],
    },
  ],
});
