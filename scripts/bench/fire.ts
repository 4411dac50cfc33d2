import { connect, type Socket } from 'node:net';

import { createAnswerReader } from './answer-reader.js';
import { newTally, resultOf, type FireResult, type Tally, type Turn } from './tally.js';

export interface Shot {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it holds `numberMark`, each request gets a number of its own in that place. */
  readonly body?: string;
}

/** Stands in a body for eight digits that no other request has. */
export const numberMark = '########';

interface Request {
  readonly bytes: Buffer;
  /** Where the number goes, -1 for nowhere. */
  readonly numberAt: number;
}

/**
 * Keeps some connections busy with the shots in turn. Written on bare sockets with requests encoded beforehand: it
 * shares the machine with the server, so a comfortable client would measure itself.
 */
export async function fire(origin: string, shots: readonly Shot[], options: Turn): Promise<FireResult> {
  const { hostname, port } = new URL(origin);
  const requests = shots.map((shot) => encode(shot, `${hostname}:${port}`));
  const tally = newTally();
  const started = performance.now();
  const ends = started + options.seconds * 1000;
  let next = 0;
  const take = (): Buffer | undefined => {
    const request = performance.now() < ends ? requests[next++ % requests.length] : undefined;
    return request && numbered(request);
  };
  await Promise.all(
    Array.from({ length: options.connections }, () => keepBusy(connect(Number(port), hostname), take, tally)),
  );
  return resultOf(tally, (performance.now() - started) / 1000);
}

function encode(shot: Shot, host: string): Request {
  const body = Buffer.from(shot.body ?? '');
  const headers = {
    host,
    ...shot.headers,
    ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = Buffer.from(`${shot.method} ${shot.path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  const mark = body.indexOf(numberMark);
  return { bytes: Buffer.concat([head, body]), numberAt: mark < 0 ? -1 : head.length + mark };
}

// Across all rounds, so that a server that keeps its data never sees a number again.
let numbers = 0;

/** In place: there are more shots than connections, so that the bytes left long before their next turn. */
function numbered({ bytes, numberAt }: Request): Buffer {
  if (numberAt < 0) return bytes;
  bytes.write(String(++numbers).padStart(numberMark.length, '0'), numberAt, 'latin1');
  return bytes;
}

/** One connection: request, answer, request … until there is nothing to take. */
function keepBusy(socket: Socket, take: () => Buffer | undefined, tally: Tally): Promise<void> {
  return new Promise((resolve) => {
    let sentAt = 0;
    let waiting = false;
    const send = (): void => {
      const request = take();
      waiting = request !== undefined;
      if (!request) return void socket.end();
      sentAt = performance.now();
      socket.write(request);
    };
    const read = createAnswerReader((ok) => {
      if (ok) tally.ok += 1;
      else tally.failed += 1;
      tally.timesMs.push(performance.now() - sentAt);
      send();
    });
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('data', read);
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      if (waiting) tally.failed += 1;
      resolve();
    });
  });
}
