import type { Bundle, BundleEntry, OperationOutcome } from 'fhir/r4.js';

import type { FhirAnswer } from '../../adapters/peer/fhir-client.js';
import type { LoadUnit } from './load-unit.js';

export interface UnitResult {
  /** Accepted records by type. */
  readonly accepted: ReadonlyMap<string, number>;
  /** Of these, answered 201. */
  readonly created: number;
  readonly refused: readonly string[];
}

/** What became of each entry: accepted by type, refused by name with the server's reason. */
export function readAnswer(unit: LoadUnit, answer: FhirAnswer): UnitResult {
  const accepted = new Map<string, number>();
  const refused: string[] = [];
  let created = 0;
  if (answer.status >= 300) {
    return { accepted, created, refused: [`${unit.name}: ${reasonOf(answer.body, String(answer.status))}`] };
  }
  const entries = (answer.body as Bundle).entry ?? [];
  let sent: Bundle | undefined;
  const requestTypeOf = (place: number): string => {
    sent ??= JSON.parse(unit.text) as Bundle;
    return sent.entry?.[place]?.resource?.resourceType ?? 'Resource';
  };
  entries.forEach((entry, place) => {
    const status = Number(entry.response?.status.slice(0, 3));
    if (status >= 200 && status < 300) {
      const type = locationType(entry) ?? requestTypeOf(place);
      accepted.set(type, (accepted.get(type) ?? 0) + 1);
      if (status === 201) created += 1;
      return;
    }
    const name = unit.rows?.[place] ?? `${unit.name} entry ${place + 1}`;
    refused.push(`${name}: ${reasonOf(entry.response?.outcome, entry.response?.status ?? 'no answer')}`);
  });
  return { accepted, created, refused };
}

function reasonOf(body: unknown, status: string): string {
  const issues = (body as Partial<OperationOutcome> | undefined)?.issue ?? [];
  const texts = issues.map(({ diagnostics, details, code, expression }) => {
    const text = diagnostics ?? details?.text ?? code;
    const places = (expression ?? []).filter((place) => !text.includes(place));
    return places.length === 0 ? text : `${text} (${places.join(', ')})`;
  });
  return `${status} ${texts.length > 0 ? texts.join('; ') : 'without a reason'}`;
}

/** From the answer's location, `Patient/1/_history/1`. */
function locationType(entry: BundleEntry): string | undefined {
  const location = entry.response?.location ?? '';
  return /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(location)?.[1];
}
