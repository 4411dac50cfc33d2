import type { CheckFunction } from './structure-code.js';
import { elementOrNull } from './structure-schema.js';

const partLimitBytes = 800_000;
const dataTypesFile = 'structure-data-types.js';

/** File that each function goes to: data types in one, resources with their nested types in as many as are needed. */
function assignFiles(
  functions: ReadonlyMap<string, CheckFunction>,
  types: readonly string[],
): Map<string, string> {
  const files = new Map<string, string>();
  let part = 1;
  let size = 0;
  for (const type of types) {
    const own = [...functions.values()].filter((one) => one.name === type || one.name.startsWith(`${type}_`));
    const bytes = own.reduce((sum, one) => sum + one.text.length, 0);
    if (size > 0 && size + bytes > partLimitBytes) {
      part += 1;
      size = 0;
    }
    size += bytes;
    for (const one of own) files.set(one.name, `structure-${part}.js`);
  }
  for (const name of functions.keys()) if (!files.has(name)) files.set(name, dataTypesFile);
  return files;
}

function fileText(
  own: readonly CheckFunction[],
  fileOf: ReadonlyMap<string, string>,
  header: string,
): string {
  const here = fileOf.get(own[0]?.name ?? '');
  const foreign = [...new Set(own.flatMap((one) => one.calls))]
    .filter((name) => fileOf.get(name) !== here)
    .sort();
  for (const name of foreign) {
    if (fileOf.get(name) !== dataTypesFile) throw new Error(`${name} is used by two resources`);
  }
  const used = foreign.length === 0 ? '' : `import { ${foreign.join(', ')} } from './${dataTypesFile}';\n`;
  const text = own.map((one) => one.text).join('\n');
  const helpers = ['wrong', 'unknown', 'join'].filter((name) => text.includes(`${name}(`));
  return `${header}import { ${helpers.join(', ')} } from '../structure-faults.js';\n${used}\n${text}`;
}

function indexText(types: readonly string[], fileOf: ReadonlyMap<string, string>, header: string): string {
  const files = [...new Set(types.map((type) => fileOf.get(type) ?? ''))];
  const imports = files.map((file, index) => `import * as part${index + 1} from './${file}';\n`).join('');
  const rows = types
    .map((type) => `  ['${type}', part${files.indexOf(fileOf.get(type) ?? '') + 1}.${type}],\n`)
    .join('');
  return `${header}${imports}\nexport const structureChecks = new Map([\n${rows}]);\n`;
}

const declaration = `import type { StructureFault } from '../structure-faults.js';

/** By resource type: the structural faults of a value, or null. Resources within it are not looked into. */
export declare const structureChecks: ReadonlyMap<string, (value: unknown) => StructureFault[] | null>;
`;

/** The generated modules by file name. */
export function buildStructureFiles(
  functions: ReadonlyMap<string, CheckFunction>,
  types: readonly string[],
  header: string,
): Map<string, string> {
  if (!functions.has(elementOrNull)) throw new Error('no check for aligned extensions');
  const fileOf = assignFiles(functions, types);
  const output = new Map<string, string>();
  for (const file of new Set(fileOf.values())) {
    const own = [...functions.values()].filter((one) => fileOf.get(one.name) === file);
    own.sort((a, b) => (a.name < b.name ? -1 : 1));
    output.set(file, fileText(own, fileOf, header));
  }
  output.set('structure.js', indexText(types, fileOf, header));
  output.set('structure.d.ts', header + declaration);
  return output;
}
