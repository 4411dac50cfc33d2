import type { MatchAnswer, MatchedPatient, PersonIndex } from '../../domain/mpi/index.js';
import { fhirError } from '../../fhir/fhir-error.js';
import { toReference } from '../../fhir/key.js';
import type { JsonObject } from '../../fhir/search/accessor.js';
import { bundleText, linkText } from '../bundle-text.js';
import { operationParameters, type InputParameter } from '../operation-parameters.js';
import { provisionalHeaders, provisionalMeta } from '../person-index-state.js';
import { readResource } from '../read-resource.js';
import type { Route } from '../route.js';

export interface MatchDeps {
  readonly index: Pick<PersonIndex, 'match'>;
  readonly maxCount: number;
}

const usualCount = 10;
/** Room for a photograph; what is larger describes no person. */
const bodyLimitBytes = 1_048_576;

/**
 * `POST /fhir/Patient/$match` (http://hl7.org/fhir/R4/patient-operation-match.html, IHE PDQm ITI-119): Parameters with
 * `resource`, `onlyCertainMatches` and `count`, or the Patient alone. What is sent is not stored.
 */
export const matchRoute = ({ index, maxCount }: MatchDeps): Route => ({
  method: 'POST',
  path: '/Patient/$match',
  interaction: 'operation',
  permission: 's',
  body: 'json',
  bodyLimitBytes,
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-match',
  handler: async ({ context, text }) => {
    const { patient, onlyCertain, count } = readRequest(text);
    const answer = await index.match(patient, { onlyCertain, count: Math.min(count, maxCount) });
    return {
      status: 200,
      body: matchText(context.base, answer),
      headers: provisionalHeaders(answer.provisional),
    };
  },
});

interface MatchRequest {
  readonly patient: JsonObject;
  readonly onlyCertain: boolean;
  readonly count: number;
}

function readRequest(text: string): MatchRequest {
  const resource = readResource(text, ['Parameters', 'Patient']);
  if (resource['resourceType'] === 'Patient') {
    return { patient: resource, onlyCertain: false, count: usualCount };
  }
  const given = operationParameters(resource, { once: ['resource', 'onlyCertainMatches', 'count'] });
  const onlyCertain = given.get('onlyCertainMatches');
  const count = given.get('count');
  return {
    patient: patientIn(given.get('resource')),
    onlyCertain: onlyCertain === undefined ? false : booleanIn(onlyCertain),
    count: count === undefined ? usualCount : countIn(count),
  };
}

function patientIn(parameter: InputParameter | undefined): JsonObject {
  if (!parameter) {
    throw fhirError('malformed', 'required', {
      diagnostics: 'The operation needs the parameter resource, a Patient',
      expression: 'Parameters.parameter',
    });
  }
  const resource = parameter.value['resource'] as JsonObject | undefined;
  if (resource?.['resourceType'] === 'Patient') return resource;
  throw badValue(parameter, { member: 'resource', wanted: 'a Patient' });
}

function booleanIn(parameter: InputParameter): boolean {
  const value = parameter.value['valueBoolean'];
  if (typeof value === 'boolean') return value;
  throw badValue(parameter, { member: 'valueBoolean', wanted: 'true or false' });
}

function countIn(parameter: InputParameter): number {
  const { valueInteger, valuePositiveInt, valueUnsignedInt } = parameter.value;
  const value = valueInteger ?? valuePositiveInt ?? valueUnsignedInt;
  if (typeof value === 'number' && value >= 1) return value;
  throw badValue(parameter, { member: 'valueInteger', wanted: 'a whole number from 1' });
}

const badValue = (
  { value, place }: InputParameter,
  { member, wanted }: { readonly member: string; readonly wanted: string },
): Error =>
  fhirError('malformed', 'value', {
    diagnostics: `${String(value['name'])} must be ${wanted}`,
    expression: `${place}.${member}`,
  });

function matchText(base: string, { matches, provisional }: MatchAnswer): string {
  return bundleText('searchset', {
    ...(provisional ? { meta: provisionalMeta } : {}),
    total: matches.length,
    links: [linkText('self', `${base}/Patient/$match`)],
    entries: matches.map((match) => entryText(base, match)),
  });
}

function entryText(base: string, { patient, score, grade, person }: MatchedPatient): string {
  const extension = [
    { url: 'http://hl7.org/fhir/StructureDefinition/match-grade', valueCode: grade },
    ...(person === undefined
      ? []
      : [
          {
            url: 'https://regional-hie.org/fhir/StructureDefinition/match-person',
            valueReference: { reference: `Person/${person}` },
          },
        ]),
  ];
  const search = JSON.stringify({ extension, mode: 'match', score: Number(score.toFixed(6)) });
  return `{"fullUrl":"${base}/${toReference(patient.key)}","resource":${patient.body},"search":${search}}`;
}
