const mark = '\uE000';
const marked = new RegExp(`"${mark}([^"]*)"`, 'g');

/**
 * A decimal whose digits must stay as a laboratory reported them (`6.10`): `toJson` writes exactly this text. Typed as
 * the number that it stands for, so that it fits the FHIR types.
 */
export const decimal = (value: number, digits: number): number =>
  (mark + value.toFixed(digits)) as unknown as number;

/** JSON text in which the decimals made by `decimal` keep their digits. */
export const toJson = (value: unknown): string => JSON.stringify(value).replace(marked, '$1');
