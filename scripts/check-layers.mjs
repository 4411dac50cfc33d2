#!/usr/bin/env node
// Checks the imports of src/ against the layer rules in .dependency-cruiser.cjs and names each rule that one breaks.
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { cruise } from 'dependency-cruiser';

const usage = `Usage: node scripts/check-layers.mjs [--root DIR]

Checks who imports whom in DIR/src (default: this project) against .dependency-cruiser.cjs.
Exit code 0: all rules kept; 1: some broken, each named with the imports that break it.`;

if (process.argv.includes('--help')) {
  console.log(usage);
  process.exit(0);
}
const place = process.argv.indexOf('--root');
const root = resolve(place > 0 ? process.argv[place + 1] : fileURLToPath(new URL('..', import.meta.url)));

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const { output } = await cruise(['src'], {
  ...options,
  baseDir: root,
  validate: true,
  ruleSet: { forbidden },
});
const broken = groupBy(output.summary.violations, nameOf);
for (const [name, violations] of broken) {
  console.error(`\n${name}: ${forbidden.find((rule) => rule.name === name)?.comment ?? ''}`);
  for (const violation of violations) console.error(`  ${describe(violation)}`);
}
const { totalCruised, totalDependenciesCruised } = output.summary;
console.log(
  broken.size === 0
    ? `layers: ${totalDependenciesCruised} imports of ${totalCruised} files keep all ${forbidden.length} rules`
    : `\nlayers: ${broken.size} rules broken`,
);
process.exitCode = broken.size === 0 ? 0 : 1;

function nameOf(violation) {
  return violation.rule.name;
}

function describe({ from, to, cycle }) {
  return cycle ? [from, ...cycle.map((step) => step.name ?? step)].join(' -> ') : `${from} -> ${to}`;
}

function groupBy(rows, key) {
  const groups = new Map();
  for (const row of rows) groups.set(key(row), [...(groups.get(key(row)) ?? []), row]);
  return groups;
}
