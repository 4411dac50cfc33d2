import { pino, type DestinationStream } from 'pino';

import type { Logger } from '../../ports/logger.js';

export interface LoggerSettings {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly node: string;
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

/** JSON lines: time, level, node, message and the fields. */
export function createLogger(settings: LoggerSettings): Logger {
  const options = {
    level: settings.level,
    base: { node: settings.node },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    messageKey: 'message',
  };
  const logger = settings.destination ? pino(options, settings.destination) : pino(options);
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
  };
}
