import type { PropertyModel, TypeModel } from './type-model.js';
import type { ValueSetExpansions } from './value-sets.js';

/** Value set by index, types a Reference may point to, Quantity without comparator. */
interface Details {
  v?: number;
  r?: string;
  q?: 1;
}

/** `[name, types, cardinality, details]`; see element-rules.ts. */
type Row = [string, string, string, Details?];

function rowsOf(type: TypeModel, valueSets: ValueSetExpansions): Map<string, Row> {
  const byElement = new Map<string, PropertyModel[]>();
  for (const property of type.properties) {
    byElement.set(property.element, [...(byElement.get(property.element) ?? []), property]);
  }
  const rows = new Map<string, Row>();
  for (const [element, properties] of byElement) {
    const first = properties[0];
    if (first === undefined) continue;
    const cardinality = `${first.min > 0 ? 1 : 0}${first.isArray ? '*' : ''}`;
    const index = valueSets.indexOf.get(first.valueSet ?? '');
    const targets = properties.find((property) => property.targets !== undefined)?.targets;
    const details: Details = {
      ...(index === undefined ? {} : { v: index }),
      ...(targets === undefined ? {} : { r: targets.join(' ') }),
      ...(properties.some((property) => property.isSimple) ? { q: 1 as const } : {}),
    };
    const row: Row = [element, properties.map((property) => property.type).join(' '), cardinality];
    if (Object.keys(details).length > 0) row.push(details);
    rows.set(element, row);
  }
  return rows;
}

/** Base types that rows are left out for, because they are the same in all types that have that base. */
const sharedBases = ['Element', 'BackboneElement', 'Resource', 'DomainResource', 'Quantity'];

function commonRows(types: readonly Map<string, Row>[]): Map<string, Row> {
  const [first, ...others] = types;
  return new Map(
    [...(first ?? new Map<string, Row>())].filter(([element, row]) =>
      others.every((other) => JSON.stringify(other.get(element)) === JSON.stringify(row)),
    ),
  );
}

/** Text of element-rules.js: rows by type, one type a line, those of a shared base once. */
export function elementTable(model: readonly TypeModel[], valueSets: ValueSetExpansions): string {
  const all = model.map((type) => ({ type, rows: rowsOf(type, valueSets) }));
  const bases = new Map(
    sharedBases.map((base) => [
      base,
      commonRows(all.filter((one) => one.type.base === base).map((one) => one.rows)),
    ]),
  );
  const lines = [...bases].map(
    ([base, rows]) => `  ${JSON.stringify(`base:${base}`)}: ${JSON.stringify([...rows.values()])},`,
  );
  for (const { type, rows } of all) {
    const shared = bases.get(type.base ?? '');
    const own = [...rows].filter(([element]) => shared?.has(element) !== true).map(([, row]) => row);
    const encoded = JSON.stringify([shared === undefined ? '' : (type.base ?? ''), ...own]);
    lines.push(`  ${JSON.stringify(type.path)}: ${encoded},`);
  }
  return `export const elementTable = {\n${lines.join('\n')}\n};\n`;
}

/** Text of value-sets.js, one value set a line. */
export function valueSetTable(valueSets: ValueSetExpansions): string {
  const lines = valueSets.expanded.map((one) => `  ${JSON.stringify([one.url, one.systems])},`);
  const open = valueSets.open.map((url) => `//   ${url}\n`).join('');
  return `// Required, but over code systems that the specification does not list, so that only the form of a code is checked:\n${open}export const valueSetTable = [\n${lines.join('\n')}\n];\n`;
}
