#!/usr/bin/env -S node --max-old-space-size=1024
import { readFileSync } from 'node:fs';

import { Command } from 'commander';

import { backupCommand } from './cli/backup.js';
import { loadCommand } from './cli/load.js';
import { reconcileCommand } from './cli/reconcile.js';
import { restoreCommand } from './cli/restore.js';
import { serveCommand } from './cli/serve.js';
import { storeCommand } from './cli/store.js';

/** The command line: one subcommand a file in cli/. Exit code 0: done; 1: refused, failed or not equal; 2: wrong use. */
async function main(): Promise<void> {
  const version = packageVersion();
  const program = new Command('regional-hie')
    .description('A node of a regional health information exchange: FHIR R4 server and gateway')
    .version(version)
    .showHelpAfterError()
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  for (const command of [
    serveCommand(version),
    loadCommand(),
    reconcileCommand(),
    backupCommand(),
    restoreCommand(),
    storeCommand(),
  ]) {
    program.addCommand(command.copyInheritedSettings(program));
  }
  await program.parseAsync();
}

function packageVersion(): string {
  for (const place of ['../../package.json', '../package.json']) {
    try {
      const text = readFileSync(new URL(place, import.meta.url), 'utf8');
      return (JSON.parse(text) as { version: string }).version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
