import { Command } from 'commander';

import { loadConfig } from '../config/load-config.js';

/** `regional-hie store prepare`: makes what a store on MongoDB needs before a node runs on it. */
export function storeCommand(): Command {
  const prepare = new Command('prepare')
    .description('make the collections and indexes of a store on MongoDB; does no harm to one that is in use')
    .requiredOption('--config <file>', 'YAML file with store.url, see config/README.md')
    .action(async ({ config: file }: { readonly config: string }) => {
      const { url } = loadConfig({ file, overrides: { noAuth: true } }).store;
      if (url === undefined)
        throw new Error('the configuration names no store.url: the embedded store needs no preparation');
      const { connect, prepareStore } = await import('../adapters/mongo/index.js');
      // An index of a large collection takes as long as it takes.
      const connection = await connect(url, { socketTimeoutMS: 0 });
      try {
        await prepareStore(connection);
      } finally {
        await connection.close();
      }
      process.stdout.write('the store is prepared\n');
    });
  return new Command('store').description('care for the store of a node').addCommand(prepare);
}
