const id = /^[A-Za-z0-9\-.]{1,64}$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text is a logical id (http://hl7.org/fhir/R4/datatypes.html#id). */
export function isValidId(text: string): boolean {
  return id.test(text);
}

/** Whether a text is a UUID in its usual form, of any version and either case. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}
