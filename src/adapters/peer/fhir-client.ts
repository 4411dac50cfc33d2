import { Client } from 'fhir-kit-client';

/** A FHIR server as its clients see it: every answer is data, whatever its status. */
export interface FhirClient {
  /** FHIR base, without a slash at the end. */
  readonly base: string;
  /** Rejects only where there is no readable answer: not reachable, cut off, too slow. */
  send(request: FhirRequest): Promise<FhirAnswer>;
}

export interface FhirRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base: '' for the system level, `Patient/1`, `Patient?name=a`. */
  readonly path: string;
  /** JSON text; decimals keep their digits. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Gives up then; default two minutes. */
  readonly timeoutMs?: number;
}

export interface FhirAnswer {
  readonly status: number;
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown;
  readonly headers: Headers;
}

/** An error of fhir-kit-client for an answer that is not 2xx. */
interface AnswerError extends Error {
  readonly response: { readonly status: number; readonly data: unknown };
  readonly config: { readonly headers: Headers };
}

const defaultTimeoutMs = 120_000;

export function openFhirClient(base: string): FhirClient {
  const client = new Client({ baseUrl: base });
  return {
    base,
    async send({ method, path, body, headers = {}, timeoutMs = defaultTimeoutMs }) {
      try {
        const result = await client.request(path === '' ? base : `${base}/${path}`, {
          method,
          ...(body === undefined ? {} : { body: body as unknown as object }),
          options: {
            headers: {
              ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
              ...headers,
            },
            signal: AbortSignal.timeout(timeoutMs),
          },
        });
        const { response } = Client.httpFor(result);
        return { status: response?.status ?? 200, body: result, headers: response?.headers ?? new Headers() };
      } catch (error) {
        if (!isAnswerError(error)) throw error;
        return { status: error.response.status, body: error.response.data, headers: error.config.headers };
      }
    },
  };
}

function isAnswerError(error: unknown): error is AnswerError {
  return error instanceof Error && 'response' in error && 'config' in error;
}
