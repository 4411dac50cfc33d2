import { elementTable, type ElementRow } from './generated/element-table.js';
import { primitiveRules, type PrimitiveRule } from './primitive-rules.js';
import { codeSetOf, type CodeSet } from './code-sets.js';

/** How a property's value is checked. `sibling` is `_x`, the extensions of a primitive x. */
export type ElementKind = 'primitive' | 'complex' | 'resource' | 'sibling';

/** Rules for one JSON property of a type, e.g. `valueQuantity`. */
export interface ElementRule {
  readonly key: string;
  /** `value` for `valueQuantity`. */
  readonly element: string;
  readonly isChoice: boolean;
  /** Type's path, e.g. `Quantity`, `Patient.contact`, `dateTime`. */
  readonly typeName: string;
  readonly kind: ElementKind;
  readonly isArray: boolean;
  /** Bit in the masks of the type; 0 for an element that is neither required nor a choice. */
  readonly bit: number;
  readonly primitive: PrimitiveRule | undefined;
  readonly codes: CodeSet | undefined;
  /** Types that a Reference may point to; undefined: any. */
  readonly targets: ReadonlySet<string> | undefined;
  /** A Quantity that must not have a comparator. */
  readonly isSimple: boolean;
  /** Of a sibling: the key of the primitive, and the other way round. */
  readonly partner: string;
}

/** Rules for a data type, a resource or a nested type. */
export interface TypeRule {
  readonly path: string;
  readonly isResource: boolean;
  readonly elements: ReadonlyMap<string, ElementRule>;
  readonly requiredMask: number;
  /** Required elements by bit, for saying which one is missing. */
  readonly required: readonly { readonly bit: number; readonly element: string }[];
  readonly choiceMask: number;
}

const rules = new Map<string, TypeRule>();
const resourceTypes = new Set(Object.keys(elementTable).filter((path) => isResourcePath(path)));

function isResourcePath(path: string): boolean {
  const base = elementTable[path]?.[0];
  return !path.includes('.') && (base === 'DomainResource' || base === 'Resource');
}

/** Whether a name is one of R4's 146 resource types. */
export function isResourceType(name: string): boolean {
  return resourceTypes.has(name);
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function elementKind(typeName: string): ElementKind {
  if (typeName === 'Resource') return 'resource';
  return primitiveRules.has(typeName) ? 'primitive' : 'complex';
}

interface RowContext {
  readonly element: string;
  readonly isChoice: boolean;
  readonly isArray: boolean;
  readonly bit: number;
  readonly codes: CodeSet | undefined;
  readonly targets: ReadonlySet<string> | undefined;
  readonly isSimple: boolean;
}

function elementRule(typeName: string, context: RowContext): ElementRule {
  const key = context.isChoice ? context.element + capitalised(typeName) : context.element;
  return {
    key,
    element: context.element,
    isChoice: context.isChoice,
    typeName,
    kind: elementKind(typeName),
    isArray: context.isArray,
    bit: context.bit,
    primitive: primitiveRules.get(typeName),
    codes: context.codes,
    targets: typeName === 'Reference' ? context.targets : undefined,
    isSimple: context.isSimple && typeName === 'Quantity',
    partner: `_${key}`,
  };
}

function rowRules(row: ElementRow, bit: number): ElementRule[] {
  const [name, types, cardinality, details] = row;
  const isChoice = name.endsWith('[x]');
  const context: RowContext = {
    element: isChoice ? name.slice(0, -3) : name,
    isChoice,
    isArray: cardinality.endsWith('*'),
    bit,
    codes: details?.v === undefined ? undefined : codeSetOf(details.v),
    targets: details?.r === undefined ? undefined : new Set(details.r.split(' ')),
    isSimple: details?.q === 1,
  };
  return types.split(' ').flatMap((type) => {
    const rule = elementRule(type, context);
    if (rule.kind !== 'primitive') return [rule];
    return [rule, { ...rule, key: rule.partner, partner: rule.key, kind: 'sibling' as const }];
  });
}

function buildTypeRule(path: string, table: readonly (string | ElementRow)[]): TypeRule {
  const base =
    typeof table[0] === 'string' && table[0] !== '' ? (elementTable[`base:${table[0]}`] ?? []) : [];
  const elements = new Map<string, ElementRule>();
  const required: { bit: number; element: string }[] = [];
  let nextBit = 1;
  let choiceMask = 0;
  for (const row of [...base, ...table]) {
    if (typeof row === 'string') continue;
    const isRequired = row[2].startsWith('1');
    const isChoice = row[0].endsWith('[x]');
    const bit = isRequired || isChoice ? nextBit : 0;
    if (bit !== 0) nextBit *= 2;
    if (isChoice) choiceMask += bit;
    const own = rowRules(row, bit);
    if (isRequired) required.push({ bit, element: own[0]?.element ?? '' });
    for (const rule of own) elements.set(rule.key, rule);
  }
  // Masks are 32-bit integers; no type of R4 has more than 11 such elements.
  if (nextBit > 2 ** 30) throw new Error(`too many required elements in ${path}`);
  const requiredMask = required.reduce((mask, one) => mask + one.bit, 0);
  return { path, isResource: isResourceType(path), elements, requiredMask, required, choiceMask };
}

/** Rules of a type by its path, built when first asked for; undefined for a name that is no complex type. */
export function typeRule(path: string): TypeRule | undefined {
  const known = rules.get(path);
  if (known !== undefined) return known;
  const table = Object.hasOwn(elementTable, path) ? elementTable[path] : undefined;
  if (table === undefined || path.startsWith('base:')) return undefined;
  const rule = buildTypeRule(path, table);
  rules.set(path, rule);
  return rule;
}

let integers: ReadonlySet<string> | undefined;

/** Names of the properties that hold an integer in some type, `multipleBirthInteger`. */
export function integerNames(): ReadonlySet<string> {
  return (integers ??= new Set(Object.values(elementTable).flatMap(integersOf)));
}

function integersOf(table: readonly (string | ElementRow)[]): string[] {
  return table.flatMap((row) => {
    if (typeof row === 'string') return [];
    const [name, types] = row;
    const found = types.split(' ').filter((type) => primitiveRules.get(type)?.checkNumber !== undefined);
    return found.map((type) => (name.endsWith('[x]') ? name.slice(0, -3) + capitalised(type) : name));
  });
}
