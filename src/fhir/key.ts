/** A resource's identity on every node of the region: `type` is one of the 146 R4 resource types, `id` its logical id. */
export interface ResourceKey {
  readonly type: string;
  readonly id: string;
}

/** The relative literal reference of a key, `Patient/123` (http://hl7.org/fhir/R4/references.html#literal). */
export const toReference = (key: ResourceKey): string => `${key.type}/${key.id}`;

/** One version of a resource. */
export interface VersionName {
  readonly key: ResourceKey;
  readonly versionId: number;
}

/** A version as a text, `Patient/123/2`: to compare by, and what digests are made from. */
export const versionName = ({ key, versionId }: VersionName): string =>
  `${key.type}/${key.id}/${String(versionId)}`;
