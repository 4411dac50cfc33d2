/** The parts of a StructureDefinition's snapshot element that the generators read. */
export interface SpecElement {
  path: string;
  min: number;
  max: string;
  type?: { code: string; profile?: string[]; targetProfile?: string[] }[];
  contentReference?: string;
  binding?: { strength: string; valueSet?: string };
}
