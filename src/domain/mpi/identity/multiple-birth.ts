import { memberOf } from './loose-json.js';

export interface MultipleBirth {
  readonly multiple: boolean;
  /** Order of birth, from 1. */
  readonly order?: number;
}

/** Of Patient.multipleBirth[x]; undefined where nothing is said. */
export function readMultipleBirth(patient: unknown): MultipleBirth | undefined {
  const order = memberOf(patient, 'multipleBirthInteger');
  if (typeof order === 'number' && Number.isInteger(order) && order > 0) return { multiple: true, order };
  const multiple = memberOf(patient, 'multipleBirthBoolean');
  return typeof multiple === 'boolean' ? { multiple } : undefined;
}
