import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildTables } from './search-parameters/build-tables.js';
import { readDefinitions } from './search-parameters/read-definitions.js';
import { renderAccessors, renderParameterTable } from './search-parameters/render.js';

const help = `Generates the search parameter tables and accessors from HL7's R4 definitions.

  generate-search-parameters [--out DIR]

  --out DIR   folder to write to (default: src/fhir/search/generated below the working directory)
  --help      this text`;

function main(): void {
  const { values } = parseArgs({
    options: {
      out: { type: 'string', default: 'src/fhir/search/generated' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(help);
    return;
  }
  const tables = buildTables(readDefinitions());
  const directory = resolve(values.out);
  mkdirSync(directory, { recursive: true });
  const files = { ...renderAccessors(tables), ...renderParameterTable(tables) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  console.log(
    `${String(tables.definitions.length)} parameters, ${String(tables.pairs)} with their types, ` +
      `${String(tables.accessorCount)} accessors, ${String(tables.types.length)} resource types`,
  );
}

main();
