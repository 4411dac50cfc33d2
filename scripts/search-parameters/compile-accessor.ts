import { childOf, choiceProperty, type Element, type ElementTable } from './element-types.js';
import { parseExpression, type PathExpression, type Step } from './parse-expression.js';
import { valueCall } from './value-calls.js';

/** One standard parameter as it applies to one resource type. */
export interface CompileRequest {
  readonly code: string;
  readonly type: string;
  readonly resourceType: string;
  readonly expression: string;
  readonly components: readonly { readonly type: string; readonly expression: string }[];
}

export interface CompileContext {
  readonly table: ElementTable;
  /** Type → the type that it specializes. */
  readonly parents: ReadonlyMap<string, string>;
  /** Canonical of a value set → the one code system that it draws on, when there is one. */
  readonly systems: ReadonlyMap<string, string>;
}

/** A place in the walk: JavaScript that gives the value, where it stands in the definitions, and its element. */
interface Place {
  readonly js: string;
  /** Path under which its children are defined: a type name or a backbone path. */
  readonly path: string;
  readonly element?: Element;
  /** Loops around it, for the names of loop variables. */
  readonly depth: number;
}

/** What a walk does where its path ends. */
interface Walk {
  readonly leaf: (place: Place) => string;
  readonly context: CompileContext;
}

/** The body of an Accessor, `(r, s) => { BODY }`. Throws on an expression that it can't compile. */
export function compileAccessor(request: CompileRequest, context: CompileContext): string {
  const root: Place = { js: 'r', path: request.resourceType, depth: 0 };
  const operands = operandsOf(request, context);
  if (request.type !== 'composite') {
    return operands.map((steps) => walk(steps, root, walkTo(request.type, context))).join(' ');
  }
  const leaf = (place: Place): string => compileComponents(request, place, { root, context });
  return `let n = 0; ${operands.map((steps) => walk(steps, root, { leaf, context })).join(' ')}`;
}

function operandsOf(request: CompileRequest, context: CompileContext): (readonly Step[])[] {
  const operands = parseExpression(request.expression);
  const mine = operands.filter(({ root }) => root === request.resourceType).map(({ steps }) => steps);
  // One definition (InsurancePlan.name) leaves the resource type out.
  const relative = operands.filter(
    ({ root }) => childOf(context.table, request.resourceType, root) !== undefined,
  );
  const all = [...mine, ...relative.map(relativeSteps)];
  if (all.length === 0) throw new Error(`${request.code} has no operand for ${request.resourceType}`);
  return all;
}

const relativeSteps = ({ root, steps }: PathExpression): readonly Step[] => [
  { kind: 'child', name: root },
  ...steps,
];

function compileComponents(
  request: CompileRequest,
  place: Place,
  { root, context }: { readonly root: Place; readonly context: CompileContext },
): string {
  const parts = request.components.map((component, index) => {
    const walks = parseExpression(component.expression).map((path) =>
      path.root === '%resource'
        ? walk(path.steps, { ...root, depth: place.depth }, walkTo(component.type, context))
        : walk(relativeSteps(path), place, walkTo(component.type, context)),
    );
    return `if (s.part('${request.code}$${String(index + 1)}')) { ${walks.join(' ')} }`;
  });
  // The last component first: it is the value that most elements don't have.
  return `{ s.open(n++); ${parts.reverse().join(' ')} s.close(); }`;
}

/** A walk that ends in the call that reads the element for a parameter of the type. */
function walkTo(parameterType: string, context: CompileContext): Walk {
  const leaf = ({ js, path, element }: Place): string => {
    const call = valueCall(parameterType, path);
    if (call !== 'code') return `s.${call}(${js});`;
    const valueSet = element?.requiredValueSet?.replace(/\|.*$/, '') ?? '';
    return `s.code(${js}, '${context.systems.get(valueSet) ?? ''}');`;
  };
  return { leaf, context };
}

function walk(steps: readonly Step[], place: Place, to: Walk): string {
  const [step, ...rest] = steps;
  if (step === undefined) return to.leaf(place);
  switch (step.kind) {
    case 'child':
      return walkChild(childOfPlace(place, step.name, to.context), rest, to);
    case 'where-equals':
      return `if (${place.js}?.${step.name} === '${step.value}') ${walk(rest, place, to)}`;
    case 'where-type':
      return `if (s.refersTo(r, ${place.js}, '${step.type}')) ${walk(rest, place, to)}`;
    default:
      throw new Error(`${step.kind} doesn't stand after an element that takes it`);
  }
}

/** An element and the JavaScript that names it; of a `value[x]` still without its type. */
interface Child {
  readonly js: string;
  readonly element: Element;
  readonly depth: number;
}

function childOfPlace({ js, path, depth }: Place, name: string, { table }: CompileContext): Child {
  const element = childOf(table, path, name);
  if (element === undefined) throw new Error(`${path} has no element ${name}`);
  return { js: js === 'r' ? `r.${name}` : `${js}?.${name}`, element, depth };
}

function walkChild(child: Child, rest: readonly Step[], to: Walk): string {
  const { js, element, depth } = child;
  if (element.choice) return walkChoice(child, rest, to);
  if (element.types.length > 1) throw new Error(`${element.path} has several types`);
  const path = element.contentReference ?? element.types[0] ?? element.path;
  if (!element.list) return walk(rest, { js, path, element, depth }, to);
  if (rest[0]?.kind === 'item') {
    return walk(rest.slice(1), { js: `L(${js})[${String(rest[0].index)}]`, path, element, depth }, to);
  }
  const variable = 'abcdefgh'.charAt(depth);
  const body = walk(rest, { js: variable, path, element, depth: depth + 1 }, to);
  return `for (const ${variable} of L(${js})) ${body}`;
}

function walkChoice({ js, element, depth }: Child, rest: readonly Step[], to: Walk): string {
  const [next, ...further] = rest;
  if (next?.kind === 'exists-and-not-false') {
    const tests = element.types.map((type) => `${choiceProperty(js, type)} ${notFalse(type)}`);
    return `s.boolean(${tests.join(' || ')});`;
  }
  const filtered = next?.kind === 'as';
  const types = filtered
    ? element.types.filter((type) => specializes(type, next.type, to.context))
    : element.types;
  if (types.length === 0) throw new Error(`${element.path} never has the type asked for`);
  const all = types.map((type) =>
    walk(filtered ? further : rest, { js: choiceProperty(js, type), path: type, element, depth }, to),
  );
  return all.length === 1 ? all.join('') : `{ ${all.join(' ')} }`;
}

/** A canonical is a uri too. One definition (code-value-date) writes DateTime for dateTime. */
function specializes(type: string, wanted: string, context: CompileContext): boolean {
  if (type === wanted || choiceProperty('', type) === wanted) return true;
  const parent = context.parents.get(type);
  return parent !== undefined && specializes(parent, wanted, context);
}

const notFalse = (type: string): string => (type === 'boolean' ? '=== true' : '!= null');
