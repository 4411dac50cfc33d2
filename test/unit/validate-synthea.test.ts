import { expect } from 'chai';
import { validateResource } from '../../src/validation/validate-resource.js';
import { randomSource, type RandomSource } from '../support/random-source.js';
import { sharedData, sharedDataMissing, syntheaBundles } from '../support/shared-data.js';

type Holder = Record<string | number, unknown>;

const strangeKeys = [
  '__proto__',
  'constructor',
  'toString',
  'resourceType',
  'contained',
  'extension',
  'id',
  '_id',
  'foo',
  '',
];
const strangeValues: readonly (() => unknown)[] = [
  () => null,
  () => '',
  () => ' ',
  () => '\u0000',
  () => 'x'.repeat(70),
  () => '#',
  () => 'Patient/1',
  () => '2023-02-30',
  () => 0,
  () => -1.5,
  () => 1e308,
  () => true,
  () => [],
  () => [null],
  () => [[]],
  () => ({}),
  () => ({ resourceType: 'Patient' }),
  () => ({ resourceType: 'Pet' }),
  () => JSON.parse('{"__proto__":{"a":1}}') as unknown,
];

/** All objects and arrays within a value, itself first. */
function holders(value: unknown): Holder[] {
  if (typeof value !== 'object' || value === null) return [];
  return [value as Holder, ...Object.values(value).flatMap(holders)];
}

/** Changes one place: removes, replaces, adds or wraps a value. */
function mutate(resource: unknown, random: RandomSource): void {
  const holder = random.pick(holders(resource));
  const keys = Object.keys(holder);
  const key = keys.length === 0 ? 'foo' : random.pick(keys);
  const value = random.pick(strangeValues)();
  switch (random.whole(4)) {
    case 0:
      Reflect.deleteProperty(holder, key);
      break;
    case 1:
      holder[key] = [holder[key]];
      break;
    case 2:
      Object.defineProperty(holder, random.pick(strangeKeys), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      break;
    default:
      holder[key] = value;
  }
}

describe('validateResource: Synthea records', () => {
  it('accepts every one', function () {
    this.timeout(60_000);
    const folder = sharedData('synthea-r4');
    if (folder === undefined) {
      console.log(sharedDataMissing);
      this.skip();
    }
    let count = 0;
    for (const { file, resources } of syntheaBundles(folder)) {
      for (const resource of resources) {
        const result = validateResource(String(resource['resourceType']), resource, JSON.stringify(resource));
        if (!result.ok) expect.fail(`${file}: ${JSON.stringify(result.issues)}`);
        count += 1;
      }
    }
    expect(count).to.equal(49_722);
  });

  it('never throws on records changed at random, and says of each fault where it is', function () {
    this.timeout(60_000);
    const folder = sharedData('synthea-r4');
    if (folder === undefined) {
      console.log(sharedDataMissing);
      this.skip();
    }
    const random = randomSource(20_260_501);
    let refused = 0;
    let total = 0;
    for (const { resources } of syntheaBundles(folder)) {
      for (let draw = 0; draw < 100; draw += 1) {
        const original = random.pick(resources);
        const changed = JSON.parse(JSON.stringify(original)) as unknown;
        random.some(1, 3, () => mutate(changed, random));
        const text = JSON.stringify(changed);
        const type = String(original['resourceType']);
        const result = validateResource(type, JSON.parse(text), text);
        total += 1;
        if (result.ok) continue;
        refused += 1;
        for (const issue of result.issues)
          expect(issue.expression, text).to.match(/^[A-Z][A-Za-z]+(\.|\[|$)/);
      }
    }
    // Many changes leave a valid record: an optional element removed, a text replaced.
    expect(refused).to.be.greaterThan(total / 2);
    expect(({} as Holder)['a']).to.equal(undefined);
  });
});
