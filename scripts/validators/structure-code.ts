import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import type { StructureSchema } from './structure-schema.js';

/** One generated function: checks one type, returns its faults or null. */
export interface CheckFunction {
  readonly name: string;
  readonly text: string;
  readonly calls: readonly string[];
}

const place = String.raw`instancePath\+("[^"]*"(?: \+ i\d+)?)`;
const faultBlock = new RegExp(
  String.raw`const err\d+ = \{instancePath(?::${place})?,schemaPath:"[^"]*",keyword:"(?:type|additionalProperties)",` +
    String.raw`params:\{(?:type: ([^}]*)|additionalProperty: (key\d+))\}\};\nif\(vErrors === null\)\{\n` +
    String.raw`vErrors = \[err\d+\];\n\}\nelse \{\nvErrors\.push\(err\d+\);\n\}\nerrors\+\+;\n`,
  'g',
);
const callBlock = new RegExp(
  String.raw`if\(!\((wrapper\d+\.validate|validate\d+)\(([^,]+), \{instancePath:${place},parentData:[^}]*\}\)\)\)\{\n[^\n]*\nerrors = vErrors\.length;\n\}\n`,
  'g',
);
const leftOver =
  /instancePath|schemaPath|rootData|parentData|\bfunc\d|wrapper|\bschema\d|validate\d|\berrors\b/;

function compile(schemas: Record<string, StructureSchema>, types: readonly string[]): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    strict: false,
    strictNumbers: true,
    inlineRefs: false,
    validateSchema: false,
    code: { source: true, esm: true, lines: true, optimize: 2 },
  });
  ajv.addSchema({ $id: 'fhir', definitions: schemas });
  return standalone.default(
    ajv,
    Object.fromEntries(types.map((type) => [type, `fhir#/definitions/${type}`])),
  );
}

const functionEnd = 'return errors === 0;\n}\n';
type Schemas = Readonly<Record<string, StructureSchema>>;

/** The type that the schema of `title` refers to at a place such as `"/contact/" + i0`. */
function calledType(schemas: Schemas, title: string, where: string): string {
  const property = /^"\/([^/"]+)/.exec(where)?.[1] ?? '';
  const found = schemas[title]?.properties?.[property];
  const target = found === undefined || found === true ? undefined : (found.$ref ?? found.items?.$ref);
  if (target === undefined) throw new Error(`no reference at ${title} ${where}`);
  return target.slice('#/definitions/'.length);
}

/** Where null is allowed too, Ajv gives the list of types; what a client should send is the other one. */
function expectedType(schema: StructureSchema, where: string | undefined, given: string): string {
  if (given.startsWith('"')) return given;
  const property = schema.properties?.[/^"\/([^/"]+)\//.exec(where ?? '')?.[1] ?? ''];
  const type = property === undefined || property === true ? schema.type : property.items?.type;
  return JSON.stringify(Array.isArray(type) ? type[0] : type);
}

/** Replaces the test of a property's name by a look-up in a Set. */
function nameTest(text: string, title: string, schema: StructureSchema): { text: string; constant: string } {
  const used = /func\d+\.call\(schema\d+\.properties, key0\)/.exec(text);
  if (used === null) return { text, constant: '' };
  const keys = Object.keys(schema.properties ?? {}).join(' ');
  return {
    text: text.replace(used[0], `${title}Names.has(key0)`),
    constant: `const ${title}Names = new Set("${keys}".split(" "));\n`,
  };
}

/** Makes one of Ajv's functions compact: faults are collected by a call, places are joined on the way up. */
function rewriteFunction(source: string, title: string, schemas: Schemas): CheckFunction {
  const schema = schemas[title] ?? {};
  const calls = new Set<string>();
  const body = source
    .replace(/^function validate\d+\(.*\{\n/, '')
    .replace('let vErrors = null;\nlet errors = 0;\n', 'let e, found = null;\n')
    .replace(/validate\d+\.errors = vErrors;\nreturn errors === 0;\n\}\n*$/, 'return found;\n}\n')
    .replace(faultBlock, (_all: string, ...[where, type, key]: (string | undefined)[]) =>
      key === undefined
        ? `found = wrong(found, ${where?.replace(' + ', '+') ?? '""'}, ${expectedType(schema, where, type ?? '')});\n`
        : `found = unknown(found, ${key});\n`,
    )
    .replace(callBlock, (_all: string, ...[, value = '', where = '']: string[]) => {
      const target = calledType(schemas, title, where);
      calls.add(target);
      return `if((e = ${target}(${value})) !== null)found = join(found, e, ${where.replace(' + ', '+')});\n`;
    });
  const { text, constant } = nameTest(body, title, schema);
  const left = leftOver.exec(text.replaceAll(/"[^"]*"|data\.\w+/g, ''));
  if (left !== null) throw new Error(`Ajv's code for ${title} has an unknown form at ${left[0]}`);
  return { name: title, text: `${constant}export function ${title}(data) {\n${text}`, calls: [...calls] };
}

/** Ajv's functions by their own names, `validate12`. */
function splitFunctions(code: string): Map<string, string> {
  const parts = code.split(/^(?=function validate\d+\()/m).slice(1);
  return new Map(
    parts.map((part) => {
      const end = part.indexOf(functionEnd) + functionEnd.length;
      return [/^function (validate\d+)/.exec(part)?.[1] ?? '', part.slice(0, end)];
    }),
  );
}

/**
 * Compiles the schemas with Ajv, all faults reported, and gives each type's function its type's name. Which function is
 * which follows from the exports and, from there, from the references in the schemas.
 */
export function buildStructureFunctions(
  schemas: Schemas,
  types: readonly string[],
): Map<string, CheckFunction> {
  const code = compile({ ...schemas }, types);
  const sources = splitFunctions(code);
  const wrappers = new Map(
    [...code.matchAll(/^const (wrapper\d+) = \{validate: (validate\d+)\};$/gm)].map((m) => [m[1], m[2]]),
  );
  const titles = new Map(
    [...code.matchAll(/^export const (\w+) = (validate\d+);$/gm)].map((m) => [m[2] ?? '', m[1] ?? '']),
  );
  const functions = new Map<string, CheckFunction>();
  for (const [name, title] of titles) {
    const source = sources.get(name) ?? '';
    for (const call of source.matchAll(callBlock)) {
      const target = call[1]?.startsWith('wrapper') === true ? wrappers.get(call[1].split('.')[0]) : call[1];
      titles.set(target ?? '', calledType(schemas, title, call[3] ?? ''));
    }
    functions.set(title, rewriteFunction(source, title, schemas));
  }
  return functions;
}
