import { noHeaders } from './call.js';

/*
 * How an answer tells that it rests on this node's own candidates, because the identity domain has not spoken of a
 * Patient yet: by a header, and in the answer itself, which is all that a client keeps of it. A Bundle has no
 * extensions in R4; it is tagged, as an answer of which something was left out is.
 */

export const provisionalHeaders = (provisional: boolean): readonly string[] =>
  provisional ? ['X-Person-Index', 'provisional'] : noHeaders;

const tag = {
  system: 'https://regional-hie.org/fhir/CodeSystem/person-index',
  code: 'provisional',
  display: '暂定：主索引尚未确认 provisional',
};

/** Value of `Bundle.meta` as JSON text. */
export const provisionalMeta = JSON.stringify({ tag: [tag] });

/** A parameter of an answer, and its name. */
export const provisionalParameter = { name: 'provisional', valueBoolean: true };
