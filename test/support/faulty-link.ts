import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';

import { closeServer, listen } from './exchange-node.js';

/** What the link does to an exchange; `forward` is awaited where the request shall reach the node. */
export type Fault = 'none' | 'down' | 'error-500' | 'drop-answer' | 'cut-answer' | 'twice' | 'hang';

/** Stands between two nodes and spoils what passes. */
export interface FaultyLink {
  readonly origin: string;
  /** Where the link leads; set once the node listens. */
  target: string;
  /** Asked for each request; `path` with its query. */
  fault: (path: string, count: number) => Fault;
  /** A request whose (unpacked) body it accepts is answered 400 and does not reach the node. */
  rejects: (body: string) => boolean;
  /** Requests that came. */
  readonly seen: string[];
  close(): Promise<void>;
}

export async function openFaultyLink(): Promise<FaultyLink> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    seen.push(path);
    const fault = link.fault(path, seen.length);
    const { target, rejects } = link;
    pass({ request, response, target, fault, rejects }).catch(() => request.socket.destroy());
  });
  const link: FaultyLink = {
    origin: await listen(server, 0),
    target: '',
    fault: () => 'none',
    rejects: () => false,
    seen,
    close: () => closeServer(server),
  };
  return link;
}

interface Passing {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly target: string;
  readonly fault: Fault;
  readonly rejects: (body: string) => boolean;
}

async function pass({ request, response, target, fault, rejects }: Passing): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  if (fault === 'hang') return;
  if (fault === 'down') {
    request.socket.destroy();
    return;
  }
  if (fault === 'error-500') {
    response.writeHead(500).end('{}');
    return;
  }
  const packed = request.headers['content-encoding'] === 'gzip';
  if (rejects((packed ? gunzipSync(body) : body).toString())) {
    response.writeHead(400).end('{}');
    return;
  }
  const answer = await forward(request, target, body);
  const last = fault === 'twice' ? await forward(request, target, body) : answer;
  if (fault === 'drop-answer') request.socket.destroy();
  else if (fault === 'cut-answer') {
    response.writeHead(last.status, { ...last.headers, 'content-length': String(last.body.length + 100) });
    response.write(last.body.subarray(0, Math.floor(last.body.length / 2)), () => response.destroy());
  } else response.writeHead(last.status, last.headers).end(last.body);
}

interface Forwarded {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: Buffer;
}

function forward(request: IncomingMessage, target: string, body: Buffer): Promise<Forwarded> {
  return new Promise((resolve, reject) => {
    const { method, headers } = request;
    const onward = httpRequest(target + (request.url ?? ''), { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { 'transfer-encoding': _chunked, ...kept } = answer.headers;
        resolve({ status: answer.statusCode ?? 0, headers: kept, body: Buffer.concat(chunks) });
      });
    });
    onward.on('error', reject);
    onward.end(body);
  });
}
