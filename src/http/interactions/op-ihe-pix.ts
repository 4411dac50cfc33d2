import type { BusinessIdentifier, CrossReference, CrossReferences } from '../../domain/mpi/index.js';
import { parseQuery } from '../../domain/records/index.js';
import { FhirError } from '../../fhir/fhir-error.js';
import type { Issue } from '../../fhir/issue.js';
import { splitUnescaped, unescapeValue } from '../../fhir/search/parse-escapes.js';
import { printableName, type QueryPairs } from '../../fhir/search/search-request.js';
import { provisionalHeaders, provisionalParameter } from '../person-index-state.js';
import type { Route } from '../route.js';

/**
 * `GET /fhir/Patient/$ihe-pix?sourceIdentifier=system|value&targetSystem=…` (IHE PIXm ITI-83,
 * https://profiles.ihe.net/ITI/PIXm/ITI-83.html): the identifiers and Patients of one person.
 */
export const ihePixRoute = (crossReference: CrossReference): Route => ({
  method: 'GET',
  path: '/Patient/$ihe-pix',
  interaction: 'operation',
  permission: 's',
  body: 'none',
  definition: 'https://profiles.ihe.net/ITI/PIXm/OperationDefinition/IHE.PIXm.pix',
  handler: async ({ context: { base, handling }, query }) => {
    const asked = readPairs(parseQuery(query), handling === 'strict');
    const answer = await crossReference({ ...asked, base });
    return { status: 200, body: answerText(answer), headers: provisionalHeaders(answer.provisional) };
  },
});

const formNames: ReadonlySet<string> = new Set(['_format', '_pretty']);

function readPairs(
  pairs: QueryPairs,
  isStrict: boolean,
): { readonly source: BusinessIdentifier; readonly targets: readonly string[] } {
  const issues: Issue[] = [];
  const note = (code: Issue['code'], diagnostics: string): void => {
    issues.push({ severity: 'error', code, diagnostics });
  };
  const valuesOf = (wanted: string): string[] =>
    pairs.filter(([name]) => name === wanted).map(([, value]) => value);
  const sources = valuesOf('sourceIdentifier');
  const targets = valuesOf('targetSystem').map(unescapeValue);
  const source = identifierIn(sources[0] ?? '');
  if (sources.length === 0) note('required', 'The operation needs the parameter sourceIdentifier');
  else if (sources.length > 1) note('value', 'sourceIdentifier must be given once');
  else if (!source) note('value', 'sourceIdentifier must be system|value, both of them');
  if (targets.includes('')) note('value', 'targetSystem must be the URI of a system');
  for (const [name] of pairs) {
    if (name === 'sourceIdentifier' || name === 'targetSystem' || formNames.has(name) || !isStrict) continue;
    note('not-supported', `The operation has no parameter ${printableName(name)}`);
  }
  if (issues.length > 0 || !source) throw new FhirError('malformed', issues);
  return { source, targets };
}

function identifierIn(text: string): BusinessIdentifier | undefined {
  const [system = '', value = '', ...rest] = splitUnescaped(text, '|').map(unescapeValue);
  return system === '' || value === '' || rest.length > 0 ? undefined : { system, value };
}

function answerText({ identifiers, patients, provisional }: CrossReferences): string {
  const parameter = [
    ...identifiers.map((valueIdentifier) => ({ name: 'targetIdentifier', valueIdentifier })),
    ...patients.map((id) => ({ name: 'targetId', valueReference: { reference: `Patient/${id}` } })),
    ...(provisional ? [provisionalParameter] : []),
  ];
  return JSON.stringify({ resourceType: 'Parameters', ...(parameter.length > 0 ? { parameter } : {}) });
}
