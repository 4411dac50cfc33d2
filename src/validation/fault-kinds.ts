import type { IssueCode } from '../fhir/issue.js';

/** One kind of fault. `isMalformed`: the body is not FHIR in form (HTTP 400); otherwise it breaks a rule (422). `text` follows the place; `{}` stands for a name from the specification. */
export interface FaultKind {
  readonly code: IssueCode;
  readonly isMalformed: boolean;
  readonly text: string;
}

const malformed = (code: IssueCode, text: string): FaultKind => ({ code, isMalformed: true, text });
const broken = (code: IssueCode, text: string): FaultKind => ({ code, isMalformed: false, text });

/** All that validation can find. No text quotes a value. */
export const faultKinds = {
  wrongType: malformed('structure', 'must be {} in JSON'),
  unknownElement: malformed('structure', 'is not an element of this type'),
  unknownResourceType: malformed('structure', 'is not a resource type of FHIR R4'),
  typeMismatch: malformed('invalid', 'must be {}'),
  tooDeep: malformed('structure', 'is nested too deeply'),
  emptyArray: malformed('structure', 'must not be an empty array'),
  emptyObject: malformed('structure', 'must not be an empty object'),
  emptyString: malformed('value', 'must not be an empty string'),
  strayNull: malformed('structure', 'is null without an extension at the same index'),
  malformedValue: malformed('value', 'is not a valid {}'),
  controlCharacter: malformed('value', 'contains a control character'),
  tooLong: broken('too-long', 'is longer than 1 MB (1048576 characters)'),
  notInCalendar: broken('value', 'is not a date of the calendar'),
  missing: broken('required', 'is required'),
  twoChoices: broken('invariant', 'may be given with one type only'),
  noValue: broken('invariant', 'has neither a value nor an extension (ele-1)'),
  codeNotInSet: broken('code-invalid', 'is not a code of the required value set {}'),
  referenceType: broken('value', 'may refer to {} only'),
  referenceTypeDiffers: broken('value', 'differs from the type in the reference'),
  unresolvedFragment: broken('invariant', 'refers to a contained resource that is not there (ref-1)'),
  relativeUri: broken('value', 'must be an absolute URI'),
  valueSetAsSystem: broken('value', 'is the URL of a value set, not of a code system'),
  comparator: broken('invariant', 'is not allowed in a SimpleQuantity (sqty-1)'),
  attachmentSize: broken('value', 'differs from the number of bytes in data'),
  attachmentHash: broken('value', 'is not the SHA-1 of data'),
  nestedContained: broken('invariant', 'must not be within a contained resource (dom-2)'),
  containedIdMissing: broken('required', 'is required for a contained resource'),
  containedIdTwice: broken('invariant', 'is the id of another contained resource too'),
  containedVersion: broken('invariant', 'must not have a version of its own (dom-4)'),
  containedSecurity: broken('invariant', 'must not have security labels of its own (dom-5)'),
  xhtml: broken('invariant', 'is not a div of well-formed basic XHTML without active content (txt-1)'),
  xhtmlEmpty: broken('invariant', 'has no text and no image (txt-2)'),
  containedUnused: broken('invariant', 'is not referred to by its container, nor refers to it (dom-3)'),
  extensionContent: broken('invariant', 'must have either a value or extensions, not both (ext-1)'),
  bundleRule: broken('invariant', 'breaks a rule for Bundles: {}'),
  more: { code: 'informational', isMalformed: false, text: 'has more faults; only the first are listed' },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof faultKinds;
