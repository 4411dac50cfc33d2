import type { ResourceKey } from './key.js';

/** A version that a receiver of $replicate did not take, or took apart. */
export interface ReceiptException {
  readonly key: ResourceKey;
  readonly versionId: number;
  readonly kind: 'refused' | 'fork' | 'foreign-owner';
  readonly reason: string;
}

const kinds: ReadonlySet<string> = new Set(['refused', 'fork', 'foreign-owner']);

/** The answer to $replicate as a Parameters resource: a parameter `exception` a version that was not taken as sent. */
export const writeReceipt = (exceptions: readonly ReceiptException[]): string =>
  JSON.stringify({
    resourceType: 'Parameters',
    parameter: exceptions.map(({ key, versionId, kind, reason }) => ({
      name: 'exception',
      part: [
        { name: 'version', valueUri: `${key.type}/${key.id}/_history/${String(versionId)}` },
        { name: 'kind', valueCode: kind },
        { name: 'reason', valueString: reason },
      ],
    })),
  });

/** Undefined where the value is no such answer. */
export function readReceipt(value: unknown): ReceiptException[] | undefined {
  if (!isObject(value) || value['resourceType'] !== 'Parameters') return undefined;
  const parameters = value['parameter'] ?? [];
  if (!Array.isArray(parameters)) return undefined;
  const exceptions = parameters.map(readException);
  return exceptions.every((exception) => exception !== undefined) ? exceptions : undefined;
}

function readException(parameter: unknown): ReceiptException | undefined {
  if (!isObject(parameter) || !Array.isArray(parameter['part'])) return undefined;
  const parts = new Map<unknown, Record<string, unknown>>();
  for (const part of parameter['part']) if (isObject(part)) parts.set(part['name'], part);
  const version = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})\/_history\/(\d{1,15})$/.exec(
    textOf(parts.get('version')?.['valueUri']),
  );
  const kind = textOf(parts.get('kind')?.['valueCode']);
  if (!version || !isKind(kind)) return undefined;
  return {
    key: { type: version[1] ?? '', id: version[2] ?? '' },
    versionId: Number(version[3]),
    kind,
    reason: textOf(parts.get('reason')?.['valueString']),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

const isKind = (kind: string): kind is ReceiptException['kind'] => kinds.has(kind);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
