import { createServer, type Server, type ServerResponse } from 'node:http';
import { Server as Listener } from 'node:net';

/** An HTTP server that ends without cutting off clients that keep their connections. */
export interface DrainingServer {
  readonly server: Server;
  /** Takes no new connections, lets requests under way end, cuts what takes too long. */
  close(): Promise<void>;
}

/** Idle connections are kept so long, longer than usual proxies do. */
const keepAliveMs = 65_000;
/** Idle connections may bring one more request for so long after the server was asked to end. */
const partingMs = 500;
/** So long may requests under way take. */
const drainMs = 5_000;

/**
 * Once it is asked to end, every answer, those under way included, tells its client that the connection ends, so that few
 * send a request on one that is just being closed (RFC 9112, 9.6).
 */
export function createDrainingServer(): DrainingServer {
  const server = createServer({ keepAliveTimeout: keepAliveMs });
  const underWay = new Set<ServerResponse>();
  let closing = false;
  server.on('request', (_request, response) => {
    response.shouldKeepAlive &&= !closing;
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        closing = true;
        for (const response of underWay) response.shouldKeepAlive = false;
        const partings = setInterval(() => server.closeIdleConnections(), partingMs);
        const cut = setTimeout(() => server.closeAllConnections(), drainMs);
        // That of `net`: the one of `http` would close idle connections at once.
        Listener.prototype.close.call(server, () => {
          clearInterval(partings);
          clearTimeout(cut);
          // Ends what `http` itself keeps running.
          server.close();
          resolve();
        });
      }),
  };
}
