import type { AnsweredVersion, StewardAnswer } from '../domain/mpi/index.js';
import { formatEtag } from '../fhir/etag.js';
import { toReference } from '../fhir/key.js';
import { noHeaders, type Answer, type Call } from './call.js';
import { successOutcome } from './operation-outcome.js';

const travels =
  'The decision is written down: it takes effect when the identity domain of the region has followed it';

/** Parameters with the decision (a Reference(Linkage)), the Person and the Task, as far as there are; the ETag is of the latter. */
export function stewardAnswer({ preferReturn }: Call, { status, versions }: StewardAnswer): Answer {
  const shown = versions.filter(({ key }) => key.type !== 'Linkage').at(-1);
  const headers = shown ? ['ETag', formatEtag(shown.versionId)] : noHeaders;
  if (preferReturn === 'minimal') return { status, body: '', headers };
  const parameters = versions.map(parameterOf);
  if (status === 202) parameters.push(`{"name":"outcome","resource":${successOutcome(travels)}}`);
  const body = `{"resourceType":"Parameters","parameter":[${parameters.join(',')}]}`;
  return { status, body, headers };
}

/** Stored texts go into the answer as they are. */
const parameterOf = ({ key, body }: AnsweredVersion): string =>
  key.type === 'Linkage'
    ? `{"name":"decision","valueReference":{"reference":"${toReference(key)}"}}`
    : `{"name":"${key.type.toLowerCase()}","resource":${body}}`;
