import { fhirError } from '../fhir/fhir-error.js';
import type { Call } from './call.js';
import { operationParameters } from './operation-parameters.js';
import { readResource } from './read-resource.js';

/** The input of an operation by name; each throws `malformed` with the place where a value is of another kind. */
export interface OperationInput {
  /** Id of a resource of the type on this node; it must be given. */
  reference(name: string, type: string): string;
  /** One of the codes; it must be given. */
  code(name: string, codes: readonly string[]): string;
  text(name: string): string | undefined;
}

/** Throws `malformed` where the body is no valid Parameters, or holds what the operation doesn't know. */
export function readOperation(
  { text, context }: Pick<Call, 'text' | 'context'>,
  known: readonly string[],
): OperationInput {
  const given = operationParameters(readResource(text, ['Parameters']), { once: known });

  function required(name: string, wanted: string) {
    const found = given.get(name);
    if (found) return found;
    throw fhirError('malformed', 'required', {
      diagnostics: `The operation needs the parameter ${name}, ${wanted}`,
      expression: 'Parameters.parameter',
    });
  }

  return {
    reference(name, type) {
      const { value, place } = required(name, `a Reference(${type})`);
      const reference = (value['valueReference'] as { readonly reference?: unknown } | undefined)?.reference;
      const id = referencedId(reference, { type, base: context.base });
      if (id !== undefined) return id;
      throw fhirError('malformed', 'value', {
        diagnostics: `${name} must be a reference to a ${type} of this server`,
        expression: `${place}.valueReference.reference`,
      });
    },
    code(name, codes) {
      const { value, place } = required(name, `one of ${codes.join(', ')}`);
      const code = value['valueCode'] ?? value['valueString'];
      if (typeof code === 'string' && codes.includes(code)) return code;
      throw fhirError('malformed', 'code-invalid', {
        diagnostics: `${name} must be one of ${codes.join(', ')}`,
        expression: `${place}.valueCode`,
      });
    },
    text(name) {
      const found = given.get(name);
      if (!found) return undefined;
      const text = found.value['valueString'];
      if (typeof text === 'string') return text;
      throw fhirError('malformed', 'value', {
        diagnostics: `${name} must be a text`,
        expression: `${found.place}.valueString`,
      });
    },
  };
}

const id = /^[A-Za-z0-9.-]{1,64}$/;

/** The id in `Type/id`, be it relative or below the base; undefined for anything else. */
export function referencedId(
  reference: unknown,
  { type, base }: { readonly type: string; readonly base: string },
): string | undefined {
  if (typeof reference !== 'string') return undefined;
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const name = relative.startsWith(`${type}/`) ? relative.slice(type.length + 1) : '';
  return id.test(name) ? name : undefined;
}
