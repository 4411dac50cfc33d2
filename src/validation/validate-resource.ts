import type { Issue } from '../fhir/issue.js';
import { checkResource } from './check-rules.js';
import { faultKinds, type FaultKind } from './fault-kinds.js';
import { expressionOf } from './fault-places.js';
import { createFaultList, type Fault, type FaultList } from './faults.js';
import { checkIntegerLiterals } from './integer-literals.js';
import type { ValidResource } from './valid-resource.js';
import { isObject, type JsonObject, type Walk } from './walk.js';

export type ValidationResult =
  | { readonly ok: true; readonly resource: ValidResource }
  | { readonly ok: false; readonly category: 'malformed' | 'business-rule'; readonly issues: Issue[] };

function issueOf(type: string, value: unknown, fault: Fault): Issue {
  const kind: FaultKind = faultKinds[fault.name];
  const expression = expressionOf(type, value, fault.place);
  const text = kind.text.replace('{}', fault.detail);
  return {
    severity: fault.name === 'more' ? 'information' : 'error',
    code: kind.code,
    diagnostics: `${expression} ${text}`,
    expression,
  };
}

function findFaults(type: string, value: JsonObject, text: string): FaultList {
  const faults = createFaultList();
  const walk: Walk = {
    faults,
    path: [],
    depth: 0,
    mayHoldControls: text.includes('\\'),
    isSound: true,
    holdsIntegers: false,
    container: value,
  };
  if (typeof value['resourceType'] === 'string' && value['resourceType'] !== type) {
    faults.add('typeMismatch', ['resourceType'], type);
  }
  checkResource(walk, value);
  if (walk.holdsIntegers && !faults.faults.some(({ name }) => name === 'tooDeep')) {
    checkIntegerLiterals(walk, value, text);
  }
  return faults;
}

/** A value that passed both stages, or that is known to have passed them. */
function validResource(type: string, value: JsonObject, text: string): ValidResource {
  return { type, value, text } as ValidResource;
}

/**
 * Validates a resource against R4. `text` is the body, compact JSON, and `value` what it parses to. Stage one is
 * structure (HL7's JSON schema), stage two the rules of the StructureDefinitions; all faults of both are listed, the
 * first 200 at most. `malformed`: the body is not FHIR in form (HTTP 400); `business-rule`: it breaks a rule (422).
 */
export function validateResource(type: string, value: unknown, text: string): ValidationResult {
  if (!isObject(value)) {
    const issue: Issue = {
      severity: 'error',
      code: 'structure',
      diagnostics: 'a resource must be an object',
      expression: type,
    };
    return { ok: false, category: 'malformed', issues: [issue] };
  }
  const { faults } = findFaults(type, value, text);
  if (faults.length === 0) return { ok: true, resource: validResource(type, value, text) };
  const isMalformed = faults.some((fault) => faultKinds[fault.name].isMalformed);
  return {
    ok: false,
    category: isMalformed ? 'malformed' : 'business-rule',
    issues: faults.map((fault) => issueOf(type, value, fault)),
  };
}
