/**
 * The part of FHIRPath that the R4 search parameters use: paths, `as`, `.as()`, `.where(x='y')`,
 * `.where(resolve() is X)`, `[n]`, `%resource`, unions, and one comparison (Patient's `deceased`).
 */
export interface PathExpression {
  /** `Patient`, `%resource`, or the first element of a component's relative path. */
  readonly root: string;
  readonly steps: readonly Step[];
}

export type Step =
  | { readonly kind: 'child'; readonly name: string }
  | { readonly kind: 'as'; readonly type: string }
  | { readonly kind: 'where-equals'; readonly name: string; readonly value: string }
  | { readonly kind: 'where-type'; readonly type: string }
  | { readonly kind: 'item'; readonly index: number }
  /** `X.exists() and X != false`: true for a date, true and any other value but false. */
  | { readonly kind: 'exists-and-not-false' };

/** The operands of a union. Throws on what is not of this part of the language. */
export function parseExpression(text: string): PathExpression[] {
  return splitUnion(text).map((operand) => parseOperand(operand));
}

function splitUnion(text: string): string[] {
  const operands: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (at === text.length || (character === '|' && depth === 0)) {
      operands.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  if (depth !== 0) throw new Error(`unbalanced parentheses: ${text}`);
  return operands;
}

function parseOperand(text: string): PathExpression {
  const test = /^([\w.]+)\.exists\(\) and ([\w.]+) != false$/.exec(text);
  if (test !== null) {
    if (test[1] !== test[2]) throw new Error(`unsupported comparison: ${text}`);
    const path = parsePath(test[1] ?? '');
    return { root: path.root, steps: [...path.steps, { kind: 'exists-and-not-false' }] };
  }
  const cast = /^\(([\w.]+) as (\w+)\)((?:\.\w+)*)$/.exec(text);
  if (cast !== null) {
    const path = parsePath(cast[1] ?? '');
    const rest = (cast[3] ?? '').split('.').slice(1);
    const tail = rest.map((name): Step => ({ kind: 'child', name }));
    return { root: path.root, steps: [...path.steps, { kind: 'as', type: cast[2] ?? '' }, ...tail] };
  }
  return parsePath(text);
}

const stepForms: readonly (readonly [form: RegExp, step: (groups: readonly string[]) => Step])[] = [
  [/^\.as\((\w+)\)/, ([type = '']) => ({ kind: 'as', type })],
  [/^\.where\(resolve\(\) is (\w+)\)/, ([type = '']) => ({ kind: 'where-type', type })],
  [/^\.where\((\w+)='([\w-]+)'\)/, ([name = '', value = '']) => ({ kind: 'where-equals', name, value })],
  [/^\[(\d+)\]/, ([index]) => ({ kind: 'item', index: Number(index) })],
  [/^\.(\w+)(?!\w|\()/, ([name = '']) => ({ kind: 'child', name })],
];

function parsePath(text: string): PathExpression {
  const root = /^%?\w+/.exec(text)?.[0];
  if (root === undefined) throw new Error(`unsupported expression: ${text}`);
  const steps: Step[] = [];
  let rest = text.slice(root.length);
  while (rest !== '') {
    const found = nextStep(rest);
    if (found === undefined) throw new Error(`unsupported expression: ${text}, at ${rest}`);
    steps.push(found.step);
    rest = rest.slice(found.length);
  }
  return { root, steps };
}

function nextStep(rest: string): { step: Step; length: number } | undefined {
  for (const [form, step] of stepForms) {
    const found = form.exec(rest);
    if (found !== null) return { step: step(found.slice(1)), length: found[0].length };
  }
  return undefined;
}
