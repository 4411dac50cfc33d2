import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { fhirError, type FhirError } from '../fhir/fhir-error.js';
import type { BodyAccount } from '../ports/admission.js';

export interface BodyLimits {
  /** Largest body, packed or unpacked. */
  readonly limitBytes: number;
  /** Counts what has arrived, unpacked; absent where the limit is small. */
  readonly account?: BodyAccount | undefined;
  /** A large body is looked at so often (see `watchArrival`); 15 s when absent. */
  readonly paceMs?: number;
}

/** Smaller bodies may take the time that the server gives to any request. */
const pacedBytes = 65_536;
const usualPaceMs = 15_000;

/**
 * The whole body, unpacked where it was sent with `Content-Encoding: gzip`. Throws `too-large` when it or what it
 * unpacks to exceeds the limit, `busy` when there is no room for it, `unsupported-media` for another encoding,
 * `malformed` for broken gzip and for a body that breaks off or dawdles.
 */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  const packed = encoding === 'gzip' || encoding === 'x-gzip';
  if (!packed && encoding !== 'identity') {
    throw fhirError('unsupported-media', 'not-supported', 'The only Content-Encoding taken is gzip');
  }
  if (Number(request.headers['content-length'] ?? 0) > limits.limitBytes) throw tooLarge(limits.limitBytes);
  return packed ? collectUnpacked(request, limits) : collect(request, request, limits);
}

/** The text of a body; throws `malformed` where it isn't UTF-8. A byte order mark is dropped. */
export function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) throw fhirError('malformed', 'structure', 'The body is not UTF-8');
  const hasMark = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return body.toString('utf8', hasMark ? 3 : 0);
}

async function collectUnpacked(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  const gunzip = createGunzip({ chunkSize: 65_536 });
  const collected = collect(request, request.pipe(gunzip), limits);
  try {
    return await collected;
  } finally {
    request.unpipe(gunzip);
    gunzip.destroy();
    // The rest is read and dropped, so that the client gets to reading the answer.
    request.resume();
  }
}

/** All that `source` gives: the request itself, or what unpacks it. */
function collect(request: IncomingMessage, source: Readable, limits: BodyLimits): Promise<Buffer> {
  const { limitBytes, account } = limits;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let refused = false;
    const refuse = (error: FhirError): void => {
      refused = true;
      chunks.length = 0;
      arrival.stop();
      reject(error);
    };
    const arrival = watchArrival(request, limits.paceMs ?? usualPaceMs, () => refuse(tooSlow()));
    source.on('data', (chunk: Buffer) => {
      if (refused) return;
      size += chunk.length;
      if (size > limitBytes || arrival.bytes() > limitBytes) refuse(tooLarge(limitBytes));
      else if (account?.grow(chunk.length) === false) refuse(noRoom());
      else chunks.push(chunk);
    });
    source.on('end', () => {
      arrival.stop();
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      // What listens to the request lives as long as it does.
      chunks.length = 0;
    });
    request.on('close', () => {
      if (!request.complete) refuse(brokeOff());
    });
    request.on('error', () => refuse(brokeOff()));
    if (source !== request) source.on('error', () => refuse(notGzip()));
  });
}

/**
 * Counts what comes over the wire. A large body must bring a twentieth of itself between two looks at it: slower, it
 * would keep the room from others.
 */
function watchArrival(
  request: IncomingMessage,
  paceMs: number,
  onSlow: () => void,
): { bytes(): number; stop(): void } {
  let bytes = 0;
  let before = 0;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const look = (): void => {
    if (!request.complete && bytes - before < bytes / 20) onSlow();
    before = bytes;
  };
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (timer === undefined && !stopped && bytes > pacedBytes) timer = setInterval(look, paceMs).unref();
  });
  return {
    bytes: () => bytes,
    stop() {
      stopped = true;
      clearInterval(timer);
    },
  };
}

const tooLarge = (limitBytes: number): FhirError =>
  fhirError('too-large', 'too-long', `A body may have ${String(limitBytes)} bytes`);

const noRoom = (): FhirError => fhirError('busy', 'transient', 'Too many bodies are being read');
const brokeOff = (): FhirError => fhirError('malformed', 'structure', 'The body broke off');
const tooSlow = (): FhirError => fhirError('malformed', 'structure', 'The body came too slowly');
const notGzip = (): FhirError => fhirError('malformed', 'structure', 'The body is not gzip');
