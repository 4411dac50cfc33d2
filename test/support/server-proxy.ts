import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** Stands between clients and a server on loopback, and cuts, delays or holds what passes when it is told to. */
export interface ServerProxy {
  readonly port: number;
  /** The next times a client sends these bytes they are passed on, and the connection breaks before the answer. */
  cutAfter(sent: string, times?: number): void;
  /** The next times a client sends these bytes the connection breaks and the server does not get them. */
  cutBefore(sent: string, times?: number): void;
  readonly cuts: () => number;
  /** The next times a client sends these bytes they are passed on, and nothing more is answered on that connection. */
  muteAfter(sent: string, times?: number): void;
  readonly mutes: () => number;
  /** Each answer from now on comes so many milliseconds later. */
  delayAnswers(ms: number): void;
  /** Connections are accepted and requests passed on, but nothing is answered until `resume`. */
  stall(): void;
  resume(): void;
  close(): Promise<void>;
}

interface Mark {
  readonly sent: string;
  readonly kind: 'cutBefore' | 'cutAfter' | 'mute';
  readonly times: number;
}

export async function startServerProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<ServerProxy> {
  let mark: Mark | undefined;
  const done = { cutBefore: 0, cutAfter: 0, mute: 0 };
  let delayMs = 0;
  let stalled = false;
  const open = new Set<Socket>();
  const answering = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target.port, target.host);
    let cut = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', end).on('close', () => {
        open.delete(socket);
        answering.delete(socket);
        if (!cut) end();
      });
    }
    answering.add(upstream);
    upstream.on('data', (chunk) => {
      if (delayMs === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), delayMs);
    });
    if (stalled) upstream.pause();
    client.on('data', (chunk) => {
      const marked = mark && mark.times > 0 && chunk.includes(mark.sent) ? mark.kind : undefined;
      if (mark && marked) {
        mark = { ...mark, times: mark.times - 1 };
        done[marked] += 1;
        answering.delete(upstream);
        upstream.pause();
      }
      if (marked === 'cutBefore') {
        end();
        return;
      }
      if (marked === 'cutAfter') {
        cut = true;
        client.destroy();
      }
      // After a cut the server has it and answers to nobody.
      upstream.write(chunk, () => cut && setTimeout(end, 50));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutAfter: (sent, times = 1) => void (mark = { sent, kind: 'cutAfter', times }),
    cutBefore: (sent, times = 1) => void (mark = { sent, kind: 'cutBefore', times }),
    cuts: () => done.cutBefore + done.cutAfter,
    muteAfter: (sent, times = 1) => void (mark = { sent, kind: 'mute', times }),
    mutes: () => done.mute,
    delayAnswers: (ms) => void (delayMs = ms),
    stall() {
      stalled = true;
      for (const socket of answering) socket.pause();
    },
    resume() {
      stalled = false;
      for (const socket of answering) socket.resume();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
