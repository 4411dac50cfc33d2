import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { fhirError } from '../fhir/fhir-error.js';

const unzip = promisify(gunzip);

/**
 * The whole body, unpacked where it was sent with `Content-Encoding: gzip`. Throws `too-large` when it or what it
 * unpacks to exceeds the limit, `unsupported-media` for another encoding, `malformed` for broken gzip.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity' && encoding !== 'gzip') {
    throw fhirError('unsupported-media', 'not-supported', 'The only Content-Encoding taken is gzip');
  }
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge(limitBytes);
  const body = await collect(request, limitBytes);
  if (encoding !== 'gzip') return body;
  try {
    return await unzip(body, { maxOutputLength: limitBytes });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limitBytes);
    throw fhirError('malformed', 'structure', 'The body is not gzip');
  }
}

/** The text of a body; throws `malformed` where it isn't UTF-8. A byte order mark is dropped. */
export function decodeBody(body: Buffer): string {
  if (!isUtf8(body)) throw fhirError('malformed', 'structure', 'The body is not UTF-8');
  const hasMark = body.length >= 3 && body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  return body.toString('utf8', hasMark ? 3 : 0);
}

function collect(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) {
        chunks.push(chunk);
        return;
      }
      chunks.length = 0;
      // The rest is read and dropped, so that the client gets to reading the answer.
      reject(tooLarge(limitBytes));
    });
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('close', () => {
      if (!request.complete) reject(fhirError('malformed', 'structure', 'The body broke off'));
    });
    request.on('error', reject);
  });
}

const tooLarge = (limitBytes: number): ReturnType<typeof fhirError> =>
  fhirError('too-large', 'too-long', `A body may have ${String(limitBytes)} bytes`);
