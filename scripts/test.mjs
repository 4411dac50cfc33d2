#!/usr/bin/env node
// Everything that must hold: the build with its types, lint, layers, generated files, and every suite of tests.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const usage = `Usage: npm test [-- --only PATTERN]

Builds with type check, lints (eslint, prettier), checks the layers and the generated files, then runs each suite of
test/ and ends with "N passed, N failed, N skipped" on the last line. The suites use the MongoDB of MONGO_URL, else a
mongod on the PATH, else the test server (npm run test-server builds it), which are started and ended here; without any
of them the tests on MongoDB are skipped, and with CI in the environment that is a failure.

  --only PATTERN  only the build and the test files whose path contains PATTERN
  --help          this text

Exit code 0: all passed; 1: something failed, named above the last line.`;

const suiteLimitMs = 600_000;
const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const steps = [
  { name: 'build and types', command: ['scripts/build.mjs'] },
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'] },
  {
    name: 'format',
    command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  },
  { name: 'layers', command: ['scripts/check-layers.mjs'] },
  { name: 'generated files', command: ['scripts/check-generated.mjs'] },
];

const { only, help } = readArguments(process.argv.slice(2));
if (help) {
  console.log(usage);
  process.exit(0);
}
const scratch = mkdtempSync(join(tmpdir(), 'rhie-test-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
// By way of `exit`, which ends what was started here.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

const totals = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const step of only === undefined ? steps : steps.slice(0, 1)) await runStep(step);
const server = await startMongoServer().catch((error) => fail(`MongoDB server: ${error.message}`));
for (const [suite, files] of findSuites(only)) await runSuite(suite, files);
await server?.stop();

if (only !== undefined && totals.passed + totals.failed + totals.skipped === 0)
  fail(`no test file matches ${only}`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;

function readArguments(words) {
  const place = words.indexOf('--only');
  const wrong = words.filter(
    (word, index) => !['--only', '--help'].includes(word) && words[index - 1] !== '--only',
  );
  if (wrong.length > 0 || (place >= 0 && words[place + 1] === undefined)) {
    console.error(usage);
    process.exit(2);
  }
  return { only: place >= 0 ? words[place + 1] : undefined, help: words.includes('--help') };
}

async function runStep({ name, command }) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const code = await run(command, {});
  if (code !== 0) fail(`${name} (exit code ${code})`);
  console.log(`== ${name}: ${code === 0 ? 'ok' : 'failed'}, ${seconds(started)}`);
}

/** The server whose MONGO_URL the suites get; undefined where that is given, or none can be started. */
async function startMongoServer() {
  const { findMongoProgram, freePort, startMongo } = await import('../dist/scripts/test/mongo-process.js');
  const program = findMongoProgram();
  if (!program) {
    // The tests of faults need a server of their own also where MONGO_URL is given.
    if (process.env.CI) fail('no MongoDB: `npm run test-server` builds a server');
    return undefined;
  }
  if (process.env.MONGO_URL) return undefined;
  const started = await startMongo({ program, storage: join(scratch, 'mongo'), port: await freePort() });
  process.env.MONGO_URL = started.url;
  console.log(`\n== MongoDB: ${program.path}`);
  return started;
}

/** One mocha process a suite, so that what one leaves behind can't help or harm the next. */
async function runSuite(suite, files) {
  console.log(`\n== suite ${suite}`);
  const started = Date.now();
  const countsFile = join(scratch, `${suite}.json`);
  const command = [
    'node_modules/mocha/bin/mocha.js',
    '--reporter',
    'scripts/test/count-reporter.cjs',
    ...files,
  ];
  const code = await run(command, { environment: { TEST_COUNTS_FILE: countsFile }, limitMs: suiteLimitMs });
  const counts = existsSync(countsFile) ? JSON.parse(readFileSync(countsFile, 'utf8')) : undefined;
  for (const name of Object.keys(totals)) totals[name] += counts?.[name] ?? 0;
  if (counts?.failed > 0) failures.push(`suite ${suite}: ${counts.failed} tests`);
  else if (counts === undefined || code !== 0) {
    fail(
      `suite ${suite} ${code === 'limit' ? `did not end within ${suiteLimitMs / 1000} s` : `ended with ${code}`}`,
    );
  }
  console.log(`== suite ${suite}: ${seconds(started)}`);
}

function fail(what) {
  totals.failed += 1;
  failures.push(what);
}

/** Test files of each folder of test/ whose source exists, as compiled to dist/. */
function findSuites(pattern) {
  const suites = new Map();
  for (const suite of readdirSync('test').sort()) {
    const files = findTests(join('test', suite)).filter(
      (file) => pattern === undefined || file.includes(pattern),
    );
    if (files.length > 0)
      suites.set(
        suite,
        files.map((file) => join('dist', file.replace(/\.ts$/, '.js'))),
      );
  }
  return suites;
}

function findTests(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return findTests(path);
      return entry.name.endsWith('.test.ts') ? [path] : [];
    });
}

/** Exit code, signal name, or `limit` where it had to be ended. Ends together with the processes that it started. */
function run(command, { environment = {}, limitMs }) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, command, {
      stdio: 'inherit',
      env: { ...process.env, ...environment },
      // A process group of its own.
      detached: true,
    });
    const end = () => process.kill(-child.pid, 'SIGKILL');
    process.prependListener('exit', end);
    let late = false;
    const timer =
      limitMs &&
      setTimeout(() => {
        late = true;
        end();
      }, limitMs);
    child.on('exit', (code, signal) => {
      process.off('exit', end);
      clearTimeout(timer);
      resolve(late ? 'limit' : (code ?? signal));
    });
  });
}

function seconds(started) {
  return `${((Date.now() - started) / 1000).toFixed(1)} s`;
}
