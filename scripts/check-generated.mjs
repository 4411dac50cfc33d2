#!/usr/bin/env node
// Runs every generator of scripts/ into a temporary folder and compares what it writes with what is committed.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const usage = `Usage: node scripts/check-generated.mjs

Runs each generator of dist/scripts (build first) and compares its files with the committed ones.
Exit code 0: all are the same; 1: some differ, each named. "npm run generate" writes them anew.`;

if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Each generator of scripts/ and the folder that its files are committed in. */
const generators = new Map([
  ['generate-match-model', 'src/domain/mpi/generated'],
  ['generate-reference-paths', 'src/fhir/definitions/generated'],
  ['generate-search-parameters', 'src/fhir/search/generated'],
  ['generate-validators', 'src/validation/generated'],
]);

const scratch = mkdtempSync(join(tmpdir(), 'rhie-generated-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));

const differences = unlisted();
let count = 0;
for (const [generator, folder] of generators) {
  const fresh = join(scratch, generator);
  execFileSync(process.execPath, [join('dist', 'scripts', `${generator}.js`), '--out', fresh], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const files = new Set([...readdirSync(fresh), ...readdirSync(folder)]);
  count += files.size;
  for (const file of files) {
    if (!isSame(join(fresh, file), join(folder, file)))
      differences.push(`${join(folder, file)} is not what ${generator} writes`);
  }
}
for (const difference of differences) console.error(difference);
console.log(
  differences.length === 0
    ? `generated files: ${count} files of ${generators.size} generators are unchanged`
    : `generated files: ${differences.length} differ; "npm run generate" writes them anew`,
);
process.exitCode = differences.length === 0 ? 0 : 1;

function unlisted() {
  return readdirSync('scripts')
    .map((file) => /^(generate-[a-z-]+)\.(?:ts|mjs)$/.exec(file)?.[1])
    .filter((name) => name !== undefined && !generators.has(name))
    .map((name) => `scripts/${name} is not known to scripts/check-generated.mjs`);
}

function isSame(first, second) {
  try {
    return readFileSync(first).equals(readFileSync(second));
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}
