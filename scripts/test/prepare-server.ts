import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

import { findMongoProgram, testServer, testServerFolder } from './mongo-process.js';

const usage = `Usage: npm run test-server

Makes sure that the tests find a MongoDB server: that of MONGO_URL, a mongod on the PATH, or the test server, which is
built where it is absent. That takes about 10 minutes, once, and needs cargo (Rust 1.95 or later), gcc and cmake.
It is kept in regional-hie/ of RHIE_TEST_CACHE, else of XDG_CACHE_HOME, else of ~/.cache.

  --help  this text

Exit code 0: there is a server; 1: it could not be built; 2: wrong arguments.`;

const words = process.argv.slice(2);
if (words.length > 0) {
  console.log(usage);
  process.exit(words.every((word) => word === '--help') ? 0 : 2);
}
const program = findMongoProgram();
if (process.env['MONGO_URL']) console.log('test server: that of MONGO_URL');
else if (program) console.log(`test server: ${program.path}`);
else buildServer();

/** Built beside its place and moved there when it is whole. */
function buildServer(): void {
  const { crate, version, program } = testServer;
  // Where rustup puts it, on the PATH or not.
  const cargoBin = join(process.env['CARGO_HOME'] || join(homedir(), '.cargo'), 'bin');
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}${delimiter}${cargoBin}` };
  const missing = ['cargo', 'gcc', 'cmake'].filter(
    (tool) => spawnSync(tool, ['--version'], { env, stdio: 'ignore' }).status !== 0,
  );
  if (missing.length > 0) {
    fail(`it is built with cargo, gcc and cmake; missing here: ${missing.join(', ')}`);
    return;
  }
  console.log(`test server: building ${crate} ${version}, about 10 minutes, once`);
  const started = Date.now();
  mkdirSync(dirname(testServerFolder), { recursive: true });
  const unfinished = mkdtempSync(`${testServerFolder}.unfinished-`);
  const wanted = [crate, '--version', version, '--locked', '--ignore-rust-version', '--root', unfinished];
  const { status, signal } = spawnSync('cargo', ['install', ...wanted], { env, stdio: 'inherit' });
  const built = status === 0 && existsSync(join(unfinished, 'bin', program));
  // Where another process was faster, its work stands; a folder without the program is a remainder.
  if (built && !existsSync(join(testServerFolder, 'bin', program))) {
    rmSync(testServerFolder, { recursive: true, force: true });
    renameSync(unfinished, testServerFolder);
  }
  rmSync(unfinished, { recursive: true, force: true });
  if (!built) {
    fail(`cargo install ended with ${String(signal ?? status)}`);
    return;
  }
  console.log(
    `test server: ${testServerFolder}, built in ${String(Math.round((Date.now() - started) / 1000))} s`,
  );
}

function fail(reason: string): void {
  console.error(`test server: ${reason}. Or name a server in MONGO_URL, or put mongod on the PATH.`);
  process.exitCode = 1;
}
