import { FhirError, fhirError } from '../fhir-error.js';
import type { Issue } from '../issue.js';
import { controlNames, parseControl, type ControlContext, type Controls } from './parse-controls.js';
import { parsePairs } from './parse-pairs.js';
import {
  allOf,
  mostAlternatives,
  parseParameter,
  tooMany,
  type ParameterContext,
} from './parse-parameter.js';
import type { SearchExpression } from './search-expression.js';
import { invalid, printableName, type Problem } from './search-request.js';
import type { QueryPairs, SearchOptions, SearchRequest } from './search-request.js';

export type { QueryPairs, SearchOptions, SearchRequest } from './search-request.js';

/**
 * Reads the query of a type-level search (http://hl7.org/fhir/R4/search.html). Throws FhirError with all that is wrong
 * at once: `unsupported-search` where something is not known or supported, else `malformed`. Under `lenient` handling
 * parameters that aren't known or supported are left out and reported in `issues`; a modifier that isn't supported and
 * a value that can't be read are refused all the same.
 */
export function parseSearch(type: string, pairs: QueryPairs, options: SearchOptions): SearchRequest {
  const { base, now, maxCount, defaultCount, handling, persons } = options;
  const { used, problems } = readPairs(pairs, { type, base, now, maxCount, ...(persons ? { persons } : {}) });
  refuse(handling === 'lenient' ? problems.filter((problem) => !problem.ignorable) : problems);
  const controls = used.reduce<Controls>((sofar, one) => ({ ...sofar, ...one.controls }), {});
  const countOnly = controls.countOnly === true;
  const limit = countOnly ? 0 : (controls.limit ?? Math.min(defaultCount, maxCount));
  const { sort = { by: 'first-arrival', descending: false }, cursor, total = 'none' } = controls;
  return {
    query: {
      type,
      where: whereOf(used),
      asked: askedOf(used),
      sort,
      ...(cursor === undefined ? {} : { cursor }),
      limit,
      total: countOnly ? 'accurate' : total,
    },
    countOnly,
    self: used
      .filter(({ name }) => name !== '_cursor')
      .map(({ name, value }) => [name, name === '_count' ? String(limit) : value]),
    issues: problems.map((problem) => toIssue(problem, 'warning')),
  };
}

/**
 * Reads the criteria of a conditional interaction or reference, a query string with or without its `?`
 * (http://hl7.org/fhir/R4/http.html#cond-update). Stricter than a search: whatever can't be used is an error at all
 * times, because leaving it out would match more, and so is the absence of any criterion. Throws FhirError as
 * parseSearch does.
 */
export function parseCriteria(type: string, queryText: string, base: string): SearchExpression {
  const pairs = parsePairs(queryText.startsWith('?') ? queryText.slice(1) : queryText);
  const { used, problems } = readPairs(pairs, { type, base, maxCount: 0 });
  const controls = used.filter((one) => one.controls !== undefined);
  refuse([...problems, ...controls.map(({ name }) => invalid(`${name} has no meaning in a condition`))]);
  if (used.length === 0) {
    throw fhirError('malformed', 'required', 'The condition holds no search criteria');
  }
  return whereOf(used);
}

interface UsedPair {
  readonly name: string;
  readonly value: string;
  /** One of the two. */
  readonly where?: SearchExpression;
  readonly controls?: Controls;
}

type ReadContext = ParameterContext & ControlContext;

/** They concern the answer's form and belong to the HTTP layer. */
const ignoredNames: ReadonlySet<string> = new Set(['_format', '_pretty']);

function readPairs(
  pairs: QueryPairs,
  context: ReadContext,
): { readonly used: readonly UsedPair[]; readonly problems: readonly Problem[] } {
  const used: UsedPair[] = [];
  const problems: Problem[] = [];
  const seen = new Set<string>();
  let size = 0;
  for (const [name, value] of pairs) {
    if (ignoredNames.has(name)) continue;
    const read = readPair(name, value, context);
    if ('kind' in read) problems.push(read);
    else used.push(read);
    if (controlNames.has(name) && seen.has(name)) problems.push(invalid(`${name} is given more than once`));
    seen.add(name);
    size += 'where' in read ? sizeOf(read.where) : 1;
    // Stop at once: what follows may be as long as a body may be.
    if (size > mostAlternatives) return { used, problems: [...problems, tooMany('The query')] };
  }
  return { used, problems };
}

function readPair(name: string, value: string, context: ReadContext): UsedPair | Problem {
  if (!isText(name) || !isText(value)) {
    return invalid(`The name or value of ${printableName(name)} holds characters that no text may hold`);
  }
  if (controlNames.has(name)) {
    const controls = parseControl(name, value, context);
    return 'kind' in controls ? controls : { name, value, controls };
  }
  const where = parseParameter(name, value, context);
  return where.kind === 'problem' ? where : { name, value, where };
}

/** No NUL and no half of a surrogate pair. */
const isText = (text: string): boolean => !text.includes('\0') && !/\p{Surrogate}/u.test(text);

function sizeOf(expression: SearchExpression): number {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.of.reduce((sum, one) => sum + sizeOf(one), 0);
    case 'not':
      return sizeOf(expression.of);
    case 'composite':
      return expression.components.length;
    case 'id':
      return expression.ids.length;
    default:
      return 1;
  }
}

function whereOf(used: readonly UsedPair[]): SearchExpression {
  return allOf(used.flatMap(({ where }) => (where === undefined ? [] : [where])));
}

/** The criteria as they were written, in one order. */
function askedOf(used: readonly UsedPair[]): string {
  const criteria = used.filter(({ where }) => where !== undefined);
  return criteria
    .map(({ name, value }) => JSON.stringify([name, value]))
    .sort()
    .join();
}

function refuse(problems: readonly Problem[]): void {
  if (problems.length === 0) return;
  const readable = problems.every(({ code }) => code === 'invalid');
  throw new FhirError(
    readable ? 'malformed' : 'unsupported-search',
    problems.map((problem) => toIssue(problem, 'error')),
  );
}

const toIssue = ({ code, text }: Problem, severity: Issue['severity']): Issue => ({
  severity,
  code,
  diagnostics: text,
});
