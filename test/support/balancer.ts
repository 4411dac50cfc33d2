import { connect, createServer, type Socket } from 'node:net';

/** Hands connections in turn to the processes of a node, past those that take none, as a load balancer does. */
export interface Balancer {
  close(): Promise<void>;
}

export async function startBalancer(port: number, targets: readonly number[]): Promise<Balancer> {
  const open = new Set<Socket>();
  let turn = 0;

  function hold(socket: Socket): void {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  }

  function hand(client: Socket, place: number, left: number): void {
    const target = connect(targets[place % targets.length] ?? 0, '127.0.0.1');
    hold(target);
    let connected = false;
    target.once('connect', () => {
      connected = true;
      client.pipe(target).pipe(client);
    });
    target.on('error', () => {
      if (!connected && left > 0) hand(client, place + 1, left - 1);
      else client.destroy();
    });
    target.on('close', () => {
      if (connected) client.destroy();
    });
    client.on('close', () => target.destroy());
  }

  const server = createServer((client) => {
    hold(client);
    client.on('error', () => client.destroy());
    hand(client, turn++, targets.length - 1);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
