import { splitUnescaped } from './parse-escapes.js';
import { parseTests, type ValueContext } from './parse-value.js';
import type { EntryTest, SearchExpression } from './search-expression.js';
import type { SearchParameter } from './search-parameter.js';

/**
 * The alternatives of one composite value, `part$part` (http://hl7.org/fhir/R4/search.html#composite). A part that
 * means one of several tests gives an alternative for each combination, so that each alternative is a plain list of
 * tests. Undefined when a part is missing, surplus or not of its component's form.
 */
export function compositeAlternatives(
  { code, components }: Pick<SearchParameter, 'code' | 'components'>,
  raw: string,
  context: ValueContext,
): readonly SearchExpression[] | undefined {
  const parts = splitUnescaped(raw, '$');
  if (parts.length !== components.length) return undefined;
  let combinations: readonly (readonly EntryTest[])[] = [[]];
  for (const [place, component] of components.entries()) {
    const tests = parseTests(component, parts[place] ?? '', context);
    if (tests === undefined) return undefined;
    combinations = combinations.flatMap((sofar) => tests.map((test) => [...sofar, test]));
  }
  return combinations.map((tests) => ({ kind: 'composite', code, components: tests }));
}
