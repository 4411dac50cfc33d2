import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { validateResource } from '../../src/validation/validate-resource.js';
import { sharedData, sharedDataMissing } from '../support/shared-data.js';

interface Case {
  readonly name: string;
  readonly file: string;
  readonly errors: number;
}

/** Of 30 invalid cases; the others need terminology servers, registered profiles, display names or further invariants. */
const leastFound = 20;

function isAccepted(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  const type = (value as { resourceType?: unknown } | null)?.resourceType;
  return validateResource(String(type), value, text).ok;
}

describe("validateResource beside HL7's reference validator", () => {
  let cases: { name: string; isValid: boolean; isAccepted: boolean }[] = [];

  before(function () {
    const folder = sharedData('validator-cases');
    if (folder === undefined) {
      console.log(sharedDataMissing);
      this.skip();
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as Case[];
    cases = manifest.map((one) => ({
      name: one.name,
      isValid: one.errors === 0,
      // The byte order mark that one of the files begins with is no part of its JSON.
      isAccepted: isAccepted(readFileSync(join(folder, one.file), 'utf8').replace(/^\uFEFF/, '')),
    }));
    const agreed = cases.filter((one) => one.isValid === one.isAccepted).length;
    console.log(
      `      agreement on ${agreed} of ${cases.length} cases (${Math.round((agreed / cases.length) * 100)} %)`,
    );
  });

  it('accepts every valid case', () => {
    const refused = cases.filter((one) => one.isValid && !one.isAccepted).map((one) => one.name);
    expect(refused).to.deep.equal([]);
  });

  it(`finds at least ${leastFound} of the invalid cases`, () => {
    const invalid = cases.filter((one) => !one.isValid);
    const missed = invalid.filter((one) => one.isAccepted).map((one) => one.name);
    expect(invalid.length - missed.length, `missed: ${missed.join(', ')}`).to.be.at.least(leastFound);
  });
});
