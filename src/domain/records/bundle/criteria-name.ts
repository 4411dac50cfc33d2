import type { SearchExpression } from '../../../fhir/search/search-expression.js';

/** Equal for criteria that differ in nothing but how they are written: escapes, order, repeats. */
export function criteriaName(type: string, where: SearchExpression): string {
  return `${type}?${nameOf(where)}`;
}

function nameOf(where: SearchExpression): string {
  switch (where.kind) {
    case 'and':
    case 'or': {
      const names = new Set(where.of.map(nameOf));
      return `${where.kind}(${[...names].sort().join(',')})`;
    }
    case 'not':
      return `not(${nameOf(where.of)})`;
    case 'id':
      return JSON.stringify([where.kind, [...new Set(where.ids)].sort()]);
    default:
      return JSON.stringify(where);
  }
}
