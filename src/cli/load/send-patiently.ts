import { setTimeout as sleep } from 'node:timers/promises';

import type { FhirAnswer, FhirClient, FhirRequest } from '../../adapters/peer/fhir-client.js';
import type { TokenSource } from '../../ports/token-source.js';

export interface PatientClient {
  readonly client: FhirClient;
  /** Absent where the server needs no sign-in. */
  readonly tokens?: TokenSource;
  /** How long one request is repeated while the server can't be reached or asks to come back later. */
  readonly patienceMs: number;
  /** Waits; by default on the wall clock. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** Statuses after which the same request may succeed (408, 425, 429 and the transient ones of 5xx). */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
const firstPauseMs = 200;
const longestPauseMs = 10_000;

/** Thrown when the patience is over; `cause` is the last failure. */
export class NoAnswer extends Error {}

/**
 * Sends a request until it is answered for good: network failures, cut answers and passing refusals are repeated with
 * the same headers (so with the same X-Request-ID), Retry-After honoured. A token that was refused is renewed once.
 */
export async function sendPatiently(target: PatientClient, request: FhirRequest): Promise<FhirAnswer> {
  const wait = target.wait ?? sleep;
  let renewed = false;
  let pause = firstPauseMs;
  for (let waited = 0; ;) {
    const attempt = await attemptOnce(target, request);
    if (attempt.answer) {
      const { status } = attempt.answer;
      if (status === 401 && attempt.token !== undefined && !renewed) {
        target.tokens?.discard(attempt.token);
        renewed = true;
        continue;
      }
      if (!passing.has(status)) return attempt.answer;
    }
    if (waited >= target.patienceMs) {
      if (attempt.answer) return attempt.answer;
      throw new NoAnswer(`no answer within ${Math.round(target.patienceMs / 1000)} s: ${attempt.failure}`);
    }
    const rest = target.patienceMs - waited;
    const ms = Math.min(rest, Math.max(retryAfterMs(attempt.answer), pause * (0.5 + Math.random() / 2)));
    await wait(ms);
    waited += ms;
    pause = Math.min(pause * 2, longestPauseMs);
  }
}

interface Attempt {
  readonly answer?: FhirAnswer;
  readonly token?: string;
  readonly failure: string;
}

async function attemptOnce({ client, tokens }: PatientClient, request: FhirRequest): Promise<Attempt> {
  try {
    const token = await tokens?.token();
    if (token === undefined) return { answer: await client.send(request), failure: '' };
    const headers = { ...request.headers, authorization: `Bearer ${token}` };
    return { answer: await client.send({ ...request, headers }), token, failure: '' };
  } catch (error) {
    return { failure: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  const { cause } = error;
  if (cause instanceof Error && 'code' in cause) return String(cause.code);
  return error.message;
}

function retryAfterMs(answer: FhirAnswer | undefined): number {
  const text = answer?.headers.get('retry-after');
  if (!text) return 0;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
