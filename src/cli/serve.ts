import { Command, InvalidArgumentError } from 'commander';

import { createLogger } from '../adapters/system/logger.js';
import { loadConfig } from '../config/load-config.js';
import { startNode } from './compose-node.js';

interface ServeOptions {
  readonly config: string;
  readonly port?: number;
  readonly data?: string;
  readonly auth: boolean;
  readonly acceptLoss?: boolean;
}

/** `regional-hie serve`: runs a node until SIGTERM or SIGINT. */
export function serveCommand(version: string): Command {
  return new Command('serve')
    .description('run a node')
    .requiredOption('--config <file>', 'YAML file, see config/README.md')
    .option('--port <number>', 'port instead of the configured one', readPort)
    .option('--data <folder>', 'data folder instead of the configured one')
    .option('--no-auth', 'serve without sign-in, on a loopback address only')
    .option('--accept-loss', 'let a restored store take writes again without pulling back what it lost')
    .action((options: ServeOptions) => serve(options, version));
}

async function serve(options: ServeOptions, version: string): Promise<void> {
  const config = loadConfig({
    file: options.config,
    overrides: {
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.data === undefined ? {} : { directory: options.data }),
      noAuth: !options.auth,
    },
  });
  const logger = createLogger({ level: config.log.level, node: config.node.id });
  if (!options.auth) logger.warn({}, 'no sign-in: everybody on this machine may read and write all records');
  const die = (error: Error): void => {
    logger.error({ reason: error.message }, 'the node ends');
    process.exit(1);
  };
  const node = await startNode({
    config,
    logger,
    version,
    acceptLoss: options.acceptLoss ?? false,
    onFatal: die,
  });
  logger.info({ address: node.origin, tier: config.node.tier, version }, 'listening');
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    logger.info({}, 'stopping');
    node.stop().then(() => {
      logger.info({}, 'stopped');
      process.exit(0);
    }, die);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('a number from 0 to 65535');
  return port;
}
