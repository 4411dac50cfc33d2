import { request, type IncomingHttpHeaders } from 'node:http';

export interface RawRequest {
  readonly method?: string;
  /** Below the base. */
  readonly path?: string;
  /** Request target as it goes over the wire, instead of the path. */
  readonly target?: string;
  /** Names and values by turns; a name may come twice. */
  readonly headers?: readonly string[];
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** One request as fetch can't send it: repeated headers, a Host of one's own, an absolute target. */
export function rawRequest(base: string, options: RawRequest): Promise<RawAnswer> {
  const { hostname, port, host, pathname } = new URL(base);
  const { method = 'GET', path = '', target = `${pathname}${path}`, headers = [], body = '' } = options;
  const sent = [...headers];
  if (!sent.includes('Host')) sent.push('Host', host);
  if (body !== '')
    sent.push('Content-Type', 'application/fhir+json', 'Content-Length', String(Buffer.byteLength(body)));
  return new Promise((resolve, reject) => {
    const outgoing = request({ hostname, port, method, path: target, headers: sent }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
      answer.on('error', reject);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
