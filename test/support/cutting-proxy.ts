import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between a client and a server on loopback and cuts connections when it is told to. */
export interface CuttingProxy {
  readonly port: number;
  /** The next time the client sends these bytes they are passed on, and the connection breaks before the answer. */
  cutAfter(sent: string): void;
  readonly cuts: () => number;
  close(): Promise<void>;
}

export async function startCuttingProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<CuttingProxy> {
  let mark: string | undefined;
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        end();
      });
    }
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('data', (chunk) => {
      const cut = mark !== undefined && chunk.includes(mark);
      if (!cut) {
        upstream.write(chunk);
        return;
      }
      mark = undefined;
      cuts += 1;
      client.destroy();
      // The server has it and answers to nobody.
      upstream.write(chunk, () => setTimeout(end, 50));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (sent) => void (mark = sent),
    cuts: () => cuts,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
