import type { Include, SpecConcept, Specification } from './specification.js';
import type { TypeModel } from './type-model.js';

/** A value set that the specification itself enumerates: codes by their system. */
export interface ExpandedValueSet {
  readonly url: string;
  readonly systems: Readonly<Record<string, readonly string[]>>;
}

export interface ValueSetExpansions {
  /** Sorted by URL; element rows refer to them by index. */
  readonly expanded: readonly ExpandedValueSet[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** Required value sets over code systems that the specification does not list (media types, currencies, UCUM, LOINC). */
  readonly open: readonly string[];
}

function allCodes(concepts: readonly SpecConcept[]): string[] {
  return concepts.flatMap((concept) => [concept.code, ...allCodes(concept.concept ?? [])]);
}

function includedCodes(include: Include, spec: Specification): string[] | undefined {
  if (include.system === undefined || include.filter !== undefined || include.valueSet !== undefined)
    return undefined;
  if (include.concept !== undefined) return include.concept.map((concept) => concept.code);
  const system = spec.codeSystems.get(include.system);
  return system?.content === 'complete' ? allCodes(system.concept ?? []) : undefined;
}

function expand(url: string, spec: Specification): ExpandedValueSet | undefined {
  const compose = spec.valueSets.get(url)?.compose;
  if (compose === undefined || compose.exclude !== undefined) return undefined;
  const systems: Record<string, string[]> = {};
  for (const include of compose.include) {
    const codes = includedCodes(include, spec);
    if (codes === undefined) return undefined;
    const system = include.system ?? '';
    systems[system] = [...(systems[system] ?? []), ...codes];
  }
  return { url, systems };
}

/** Expands every value set with a required binding in the model. */
export function expandValueSets(model: readonly TypeModel[], spec: Specification): ValueSetExpansions {
  const urls = new Set(
    model
      .flatMap((type) => type.properties)
      .flatMap((property) => (property.valueSet === undefined ? [] : [property.valueSet])),
  );
  const expanded: ExpandedValueSet[] = [];
  const indexOf = new Map<string, number>();
  const open: string[] = [];
  for (const canonical of [...urls].sort()) {
    const expansion = expand(canonical.split('|')[0] ?? '', spec);
    if (expansion === undefined) open.push(canonical);
    else indexOf.set(canonical, expanded.push(expansion) - 1);
  }
  return { expanded, indexOf, open };
}
