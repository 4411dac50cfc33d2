import { capabilityStatement, type CapabilityFacts } from '../capability-statement.js';
import { noHeaders } from '../call.js';
import type { Route } from '../route.js';

/** http://hl7.org/fhir/R4/http.html#capabilities; `routes` is asked at the first call, since this route is one of them. */
export function capabilities(facts: CapabilityFacts, routes: () => readonly Route[]): Route['handler'] {
  const texts = new Map<string, string>();
  return ({ context: { base } }) => {
    let body = texts.get(base);
    if (body === undefined) {
      body = JSON.stringify(capabilityStatement(facts, routes(), base));
      // A client may call the node by any number of names.
      if (texts.size < 20) texts.set(base, body);
    }
    return { status: 200, body, headers: noHeaders };
  };
}
