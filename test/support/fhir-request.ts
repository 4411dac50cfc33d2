/** A FHIR resource as a test looks at it. */
export interface Json {
  readonly [name: string]: unknown;
}

export interface FhirAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, {} where there is none. */
  readonly json: Json;
}

export interface FhirRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as application/fhir+json. */
  readonly body?: unknown;
}

/** One request over HTTP; a text or bytes go as they are. */
export async function fhirRequest(url: string, request: FhirRequest = {}): Promise<FhirAnswer> {
  const { body } = request;
  const raw = typeof body === 'string' || body instanceof Uint8Array;
  const response = await fetch(url, {
    method: request.method ?? 'GET',
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/fhir+json' }),
      ...request.headers,
    },
    ...(body === undefined ? {} : { body: raw ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text !== '' && isJson ? (JSON.parse(text) as Json) : {},
  };
}

interface OutcomeIssue {
  readonly severity: string;
  readonly code: string;
  readonly diagnostics: string;
  readonly expression?: readonly string[];
}

/** Issues of an OperationOutcome; fails where the answer is none. */
export function issuesOf(answer: Pick<FhirAnswer, 'json'>): readonly OutcomeIssue[] {
  if (answer.json['resourceType'] !== 'OperationOutcome')
    throw new Error('the answer is no OperationOutcome');
  return answer.json['issue'] as OutcomeIssue[];
}

export interface BundleEntryJson {
  readonly fullUrl?: string;
  readonly resource?: Json;
  readonly request?: { readonly method: string; readonly url: string };
  readonly response?: {
    readonly status: string;
    readonly location?: string;
    readonly etag?: string;
    readonly lastModified?: string;
    readonly outcome?: Json;
  };
  readonly search?: { readonly mode: string };
}

/** Entries of a Bundle, [] where it has none. */
export const entriesOf = (answer: Pick<FhirAnswer, 'json'>): readonly BundleEntryJson[] =>
  (answer.json['entry'] ?? []) as BundleEntryJson[];

/** URL of a link of a Bundle. */
export const linkOf = (answer: Pick<FhirAnswer, 'json'>, relation: string): string | undefined =>
  ((answer.json['link'] ?? []) as { relation: string; url: string }[]).find(
    (link) => link.relation === relation,
  )?.url;

/** `Type/id` of a Location header or entry location. */
export function referenceIn(location: string | null | undefined): string {
  return /([A-Za-z]+\/[A-Za-z0-9.-]+)\/_history\/\d+$/.exec(location ?? '')?.[1] ?? '';
}
