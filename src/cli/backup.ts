import { Command } from 'commander';

import { backupDirectory } from '../adapters/sqlite/backup.js';

/** `regional-hie backup`: a consistent copy of a node's data, also while the node runs. */
export function backupCommand(): Command {
  return new Command('backup')
    .description('copy the data of a node, running or not, as it is at one moment')
    .requiredOption('--data <folder>', 'data folder of the node')
    .requiredOption('--to <folder>', 'new or empty folder for the copy')
    .action(({ data, to }: { readonly data: string; readonly to: string }) => {
      backupDirectory(data, to);
      process.stdout.write(`backup written to ${to}\n`);
    });
}
