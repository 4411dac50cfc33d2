import { fhirError } from '../fhir/fhir-error.js';

export const fhirJson = 'application/fhir+json; charset=utf-8';
const plainJson = 'application/json; charset=utf-8';

/** Headers come in few spellings: each is read once. Bounded, so that no client can make it grow. */
function remembered<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const value = read(text);
    if (known.size < 1000) known.set(text, value);
    return value;
  };
}

const acceptable = remembered((accept: string): string => {
  const types = accept
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((word) => word.trim()))
    .filter(([, ...parameters]) => !parameters.some((word) => /^q=0(\.0*)?$/.test(word) || isOtherFhir(word)))
    .map(([type = '']) => type);
  if (types.some((type) => type === '*/*' || type === 'application/*' || isFhirJson(type))) return fhirJson;
  return types.some((type) => type === 'application/json' || type === 'text/json') ? plainJson : '';
});

/** Asks for another FHIR version than R4 (http://hl7.org/fhir/R4/http.html#version-parameter). */
const isOtherFhir = (parameter: string): boolean =>
  parameter.startsWith('fhirversion=') && !/^fhirversion="?4\.0(\.\d+)?"?$/.test(parameter);

const isFhirJson = (type: string): boolean =>
  type === 'application/fhir+json' || type === 'application/json+fhir';

/** The Content-Type of the answer; throws `not-acceptable` where the client wants no JSON. `_format` wins over Accept. */
export function negotiateAnswer(accept: string | undefined, format: string | undefined): string {
  if (format !== undefined && format !== '') {
    if (format === 'json') return fhirJson;
    const type = acceptable(format.replaceAll(' ', '+'));
    if (type !== '' && !format.includes('*')) return type;
    throw notAcceptable();
  }
  if (accept === undefined || accept === '') return fhirJson;
  const type = acceptable(accept);
  if (type === '') throw notAcceptable();
  return type;
}

const notAcceptable = (): ReturnType<typeof fhirError> =>
  fhirError(
    'not-acceptable',
    'not-supported',
    'This server answers JSON of FHIR R4 only: application/fhir+json',
  );

const sentType = remembered((contentType: string): string => {
  const [type = '', ...parameters] = contentType
    .toLowerCase()
    .split(';')
    .map((word) => word.trim());
  if (parameters.some(isOtherFhir)) return '';
  const charset = parameters.find((word) => word.startsWith('charset='));
  const isUtf8 = charset === undefined || /^charset="?(utf-8|utf8|us-ascii)"?$/.test(charset);
  return isUtf8 ? type : '';
});

/** Throws `unsupported-media` unless the body is JSON in UTF-8. */
export function requireJson(contentType: string | undefined): void {
  const type = contentType === undefined ? '' : sentType(contentType);
  if (type === 'application/json' || isFhirJson(type)) return;
  throw fhirError(
    'unsupported-media',
    'not-supported',
    'The body must be JSON of FHIR R4 in UTF-8, sent as application/fhir+json or application/json',
  );
}

/** Throws `unsupported-media` unless the body is a form. */
export function requireForm(contentType: string | undefined): void {
  if (contentType === undefined || sentType(contentType) === 'application/x-www-form-urlencoded') return;
  throw fhirError(
    'unsupported-media',
    'not-supported',
    'A search by POST is sent as application/x-www-form-urlencoded',
  );
}

export interface Preferences {
  readonly return: 'minimal' | 'representation' | 'OperationOutcome' | undefined;
  readonly handling: 'strict' | 'lenient';
}

const noPreferences: Preferences = { return: undefined, handling: 'strict' };

const readPreferences = remembered((prefer: string): Preferences => {
  const words = prefer.split(/[,;]/).map((word) => word.trim().replaceAll('"', ''));
  const wanted = words.find((word) => word.startsWith('return='))?.slice('return='.length);
  return {
    return:
      wanted === 'minimal' || wanted === 'representation' || wanted === 'OperationOutcome'
        ? wanted
        : undefined,
    handling: words.includes('handling=lenient') ? 'lenient' : 'strict',
  };
});

/** The Prefer header (RFC 7240, http://hl7.org/fhir/R4/http.html#ops); what is unknown in it is passed over. */
export const preferencesOf = (prefer: string | string[] | undefined): Preferences =>
  prefer === undefined ? noPreferences : readPreferences(String(prefer));
