import { constants, gzip, type ZlibOptions } from 'node:zlib';

import type { PeerAnswer, PeerFailure } from '../../ports/peer.js';
import type { TokenSource } from '../../ports/token-source.js';

export interface PeerConnection {
  /** The peer's address without trailing slash, e.g. `https://city.example.org`. */
  readonly url: string;
  /** This node; a peer that runs without sign-in takes the name from the header. */
  readonly nodeId: string;
  /** Absent where the network runs without sign-in. */
  readonly tokens?: TokenSource;
  /** For one whole exchange, body and answer included. */
  readonly timeoutMs: number;
  /** 0: bodies travel as they are. */
  readonly gzipLevel: number;
  /** An answer may have so many bytes, unpacked. */
  readonly answerLimitBytes: number;
  /** Breaks off what is under way. */
  readonly signal: AbortSignal;
}

export interface PeerRequest {
  readonly method: 'GET' | 'POST';
  /** Path and query below the address. */
  readonly path: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Statuses other than 2xx whose answer the caller reads. */
  readonly expected?: readonly number[];
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

const gzipFromBytes = 1024;

/** One HTTP exchange; on 401 signs in again and asks once more. Every failure is an answer. */
export async function callPeer(
  connection: PeerConnection,
  request: PeerRequest,
): Promise<PeerAnswer<HttpAnswer>> {
  const first = await callOnce(connection, request);
  if (first.ok || first.failure.status !== 401 || !connection.tokens) return first;
  return callOnce(connection, request);
}

async function callOnce(connection: PeerConnection, request: PeerRequest): Promise<PeerAnswer<HttpAnswer>> {
  const { tokens, timeoutMs } = connection;
  let token: string | undefined;
  try {
    token = await tokens?.token();
  } catch (error) {
    return fail('denied', error instanceof Error ? error.message : 'no token');
  }
  const ending = endingAfter(timeoutMs, connection.signal);
  let answered = false;
  try {
    const response = await fetch(connection.url + request.path, {
      ...(await toInit(connection, request, token)),
      signal: ending.signal,
    });
    answered = true;
    const text = await readText(response, connection.answerLimitBytes);
    if (text === undefined) return fail('cut', 'the answer is too large');
    const { status, headers } = response;
    if (response.ok || request.expected?.includes(status)) {
      return { ok: true, value: { status, headers, text } };
    }
    if (status === 401 && token !== undefined) tokens?.discard(token);
    return { ok: false, failure: statusFailure(status, headers) };
  } catch (error) {
    if (error instanceof DOMException && error.name === 'TimeoutError') {
      return fail('timeout', `no answer within ${String(timeoutMs)} ms`);
    }
    if (connection.signal.aborted) return fail('unreachable', 'this node is stopping');
    return answered || wasSent(error)
      ? fail('cut', 'the connection broke off')
      : fail('unreachable', 'no connection');
  } finally {
    ending.release();
  }
}

interface Ending {
  readonly signal: AbortSignal;
  release(): void;
}

/** Not by AbortSignal.any, whose timeouts are lost on Node 20 when garbage is collected before they come. */
function endingAfter(timeoutMs: number, stopped: AbortSignal): Ending {
  const ending = new AbortController();
  const stop = (): void => ending.abort();
  const timer = setTimeout(() => ending.abort(new DOMException('', 'TimeoutError')), timeoutMs);
  stopped.addEventListener('abort', stop);
  if (stopped.aborted) stop();
  return {
    signal: ending.signal,
    release() {
      clearTimeout(timer);
      stopped.removeEventListener('abort', stop);
    },
  };
}

const fail = (kind: PeerFailure['kind'], reason: string): { ok: false; failure: PeerFailure } => ({
  ok: false,
  failure: { kind, reason },
});

async function toInit(
  connection: PeerConnection,
  request: PeerRequest,
  token: string | undefined,
): Promise<RequestInit> {
  const headers: Record<string, string> = { accept: 'application/fhir+json, application/json' };
  headers['x-node-id'] = connection.nodeId;
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  const { method, body } = request;
  if (body === undefined) return { method, headers };
  headers['content-type'] = request.contentType ?? 'application/json';
  if (connection.gzipLevel === 0 || body.length < gzipFromBytes) return { method, headers, body };
  headers['content-encoding'] = 'gzip';
  return { method, headers, body: await pack(body, connection.gzipLevel) };
}

function pack(text: string, level: number): Promise<Uint8Array<ArrayBuffer>> {
  const options: ZlibOptions = { level, memLevel: 9, strategy: constants.Z_DEFAULT_STRATEGY };
  return new Promise((resolve, reject) => {
    gzip(text, options, (error, packed) => {
      if (error) reject(error);
      else resolve(packed);
    });
  });
}

/** Undefined where the answer is larger than the limit; the rest is not read. */
async function readText(response: Response, limitBytes: number): Promise<string | undefined> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const rejecting: ReadonlySet<number> = new Set([400, 413, 415, 422]);
const denying: ReadonlySet<number> = new Set([401, 403, 404, 405, 406]);

function statusFailure(status: number, headers: Headers): PeerFailure {
  const reason = `the peer answered ${String(status)}`;
  if (rejecting.has(status)) return { kind: 'rejected', status, reason };
  if (denying.has(status)) return { kind: 'denied', status, reason };
  const seconds = Number(headers.get('retry-after') ?? NaN);
  return {
    kind: 'failed',
    status,
    reason,
    ...(Number.isFinite(seconds) && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {}),
  };
}

/** Connecting failed: the request was surely not seen by the peer. */
const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function wasSent(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return !neverSent.has(code);
}
