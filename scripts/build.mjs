#!/usr/bin/env node
// Compiles src, scripts and test to dist/ and copies the generated JavaScript and JSON beside them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync, chmodSync, rmSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

if (process.argv.includes('--help')) {
  console.log(
    'Usage: node scripts/build.mjs [--clean]\n\nCompiles TypeScript to dist/ and copies generated files.',
  );
  process.exit(0);
}
if (process.argv.includes('--clean')) rmSync('dist', { recursive: true, force: true });

function* walk(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

try {
  execFileSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], {
    stdio: 'inherit',
  });
} catch {
  process.exit(1);
}
for (const path of walk('src')) {
  if (!/\.(js|json)$/.test(path)) continue;
  const target = join('dist', path);
  if (existsSync(target) && statSync(target).mtimeMs >= statSync(path).mtimeMs) continue;
  mkdirSync(dirname(target), { recursive: true });
  cpSync(path, target);
}
chmodSync(join('dist', 'src', 'main.js'), 0o755);
