import { residentCheck } from '../../src/domain/mpi/identity/index.js';

/** What a test says of a Patient; the rest is left out. */
export interface PatientSketch {
  readonly name?: string | undefined;
  readonly birthDate?: string | undefined;
  readonly gender?: 'male' | 'female' | undefined;
  readonly residentId?: string | undefined;
  readonly phone?: string | undefined;
  readonly address?: string | undefined;
  readonly division?: string | undefined;
  readonly link?: readonly { readonly other: string; readonly type: string }[];
}

export const residentSystem = 'urn:oid:2.16.156.10011.1.3';

/** A Patient as a hospital sends it. */
export function patient(sketch: PatientSketch): Record<string, unknown> {
  const { name, birthDate, gender, residentId, phone, address, division, link } = sketch;
  return {
    resourceType: 'Patient',
    ...(residentId ? { identifier: [{ system: residentSystem, value: residentId }] } : {}),
    ...(name ? { name: [{ text: name, family: name.slice(0, 1), given: [name.slice(1)] }] } : {}),
    ...(phone ? { telecom: [{ system: 'phone', value: phone }] } : {}),
    ...(gender ? { gender } : {}),
    ...(birthDate ? { birthDate } : {}),
    ...(address || division
      ? { address: [{ ...(address ? { text: address } : {}), ...(division ? { district: division } : {}) }] }
      : {}),
    ...(link ? { link: link.map(({ other, type }) => ({ other: { reference: other }, type })) } : {}),
  };
}

/** A valid resident id of the test range: area, birth date YYYY-MM-DD and three digits. */
export function residentId(area: string, birthDate: string, sequence: string): string {
  const digits = `${area}${birthDate.replaceAll('-', '')}${sequence}`;
  return digits + residentCheck(digits);
}
