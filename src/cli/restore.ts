import { Command } from 'commander';

import { restoreDirectory } from '../adapters/sqlite/backup.js';

/**
 * `regional-hie restore`: puts a backup in the place of a node's data. The node finds out by itself, from its peers'
 * positions, that it was restored, and pulls back from them what the backup lacks of its own records.
 */
export function restoreCommand(): Command {
  return new Command('restore')
    .description('put a backup into the data folder of a node that is stopped')
    .requiredOption('--from <folder>', 'folder that regional-hie backup has written')
    .requiredOption(
      '--data <folder>',
      'data folder of the node; what it holds is kept beside it as <folder>.before-restore-<time>',
    )
    .action(({ from, data }: { readonly from: string; readonly data: string }) => {
      const { keptAt } = restoreDirectory(from, data);
      if (keptAt !== undefined) process.stdout.write(`what was there before is kept at ${keptAt}\n`);
      process.stdout.write(
        `restored into ${data}; start the node, it pulls back from its peers what the backup lacks\n`,
      );
    });
}
