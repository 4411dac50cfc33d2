import { valueSetTable } from './generated/value-sets.js';

/** The codes of a required value set that the specification enumerates. */
export interface CodeSet {
  readonly url: string;
  readonly codes: ReadonlySet<string>;
  /** `system|code`. */
  readonly codings: ReadonlySet<string>;
}

const built: (CodeSet | undefined)[] = [];

/** By index in the generated table; built when first asked for. */
export function codeSetOf(index: number): CodeSet | undefined {
  const known = built[index];
  if (known !== undefined) return known;
  const row = valueSetTable[index];
  if (row === undefined) return undefined;
  const [url, systems] = row;
  const set: CodeSet = {
    url,
    codes: new Set(Object.values(systems).flat()),
    codings: new Set(
      Object.entries(systems).flatMap(([system, codes]) => codes.map((code) => `${system}|${code}`)),
    ),
  };
  built[index] = set;
  return set;
}
