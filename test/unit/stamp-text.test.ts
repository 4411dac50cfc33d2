import { expect } from 'chai';
import fc from 'fast-check';
import { scanJson } from '../../src/fhir/json/scan-json.js';
import { equalsButStamp, stampText } from '../../src/fhir/json/stamp-text.js';

const stamp = { id: 'p1', versionId: 3, lastUpdated: '2026-11-24T03:04:05.678Z' };
const made = '"meta":{"versionId":"3","lastUpdated":"2026-11-24T03:04:05.678Z"}';

const cases: readonly (readonly [name: string, text: string, stamped: string])[] = [
  [
    'makes id and meta behind resourceType',
    '{"resourceType":"Patient","active":true}',
    `{"resourceType":"Patient","id":"p1",${made},"active":true}`,
  ],
  [
    'keeps the place of an id and puts meta behind it',
    '{"active":true,"id":"old","resourceType":"Patient"}',
    `{"active":true,"id":"p1",${made},"resourceType":"Patient"}`,
  ],
  [
    'keeps the rest of meta',
    '{"resourceType":"Patient","id":"x","meta":{"profile":["http://a"],"tag":[{"code":"t"}]}}',
    '{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-11-24T03:04:05.678Z",' +
      '"profile":["http://a"],"tag":[{"code":"t"}]}}',
  ],
  [
    'replaces what stands in meta in its place',
    '{"resourceType":"Patient","meta":{"source":"s","lastUpdated":"2001-01-01T00:00:00Z","versionId":"9"}}',
    '{"resourceType":"Patient","id":"p1","meta":{"source":"s","lastUpdated":"2026-11-24T03:04:05.678Z","versionId":"3"}}',
  ],
  [
    'adds the one that is missing in meta',
    '{"resourceType":"Patient","id":"x","meta":{"lastUpdated":"2001-01-01T00:00:00Z"}}',
    '{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","lastUpdated":"2026-11-24T03:04:05.678Z"}}',
  ],
  [
    'fills an empty meta',
    '{"resourceType":"Patient","id":"x","meta":{}}',
    `{"resourceType":"Patient","id":"p1",${made}}`,
  ],
  [
    'changes nothing below the top level',
    '{"contained":[{"id":"c","meta":{"versionId":"1"}}],"resourceType":"Patient"}',
    `{"contained":[{"id":"c","meta":{"versionId":"1"}}],"resourceType":"Patient","id":"p1",${made}}`,
  ],
  [
    'is not misled by strings that look like members',
    '{"a":"\\"id\\":\\"no\\",\\\\","resourceType":"Patient","id":"x"}',
    `{"a":"\\"id\\":\\"no\\",\\\\","resourceType":"Patient","id":"p1",${made}}`,
  ],
  [
    'replaces an id of another kind',
    '{"resourceType":"Patient","id":{"a":[1]}}',
    `{"resourceType":"Patient","id":"p1",${made}}`,
  ],
  [
    'leaves a meta that is no object to validation',
    '{"resourceType":"Patient","id":"x","meta":[1]}',
    '{"resourceType":"Patient","id":"p1","meta":[1]}',
  ],
  ['stamps a resource without a type', '{"active":true}', `{"id":"p1",${made},"active":true}`],
  ['stamps an empty object', '{}', `{"id":"p1",${made}}`],
];

describe('stampText', () => {
  for (const [name, text, stamped] of cases) {
    it(name, () => {
      expect(stampText(text, stamp)).to.equal(stamped);
    });
  }

  it('finds names that were escaped', () => {
    const scanned = scanJson(
      '{"resourceType":"Patient","\\u0069d":"x","m\\u0065ta":{"v\\u0065rsionId":"1"}}',
    );
    if (!scanned.ok) throw new Error('not sound');
    expect(stampText(scanned.text, stamp)).to.equal(
      '{"resourceType":"Patient","id":"p1","meta":{"lastUpdated":"2026-11-24T03:04:05.678Z","versionId":"3"}}',
    );
  });

  it('changes nothing else, and what it stamped twice is as stamped once', () => {
    const member = fc.dictionary(
      fc.constantFrom('id', 'meta', 'resourceType', 'a', 'b', '"', '\\'),
      fc.jsonValue(),
    );
    const meta = fc.dictionary(fc.constantFrom('versionId', 'lastUpdated', 'profile', 'x'), fc.jsonValue());
    fc.assert(
      fc.property(member, fc.option(meta), (members, ownMeta) => {
        const value: Record<string, unknown> = ownMeta === null ? members : { ...members, meta: ownMeta };
        if (value['meta'] !== undefined && ownMeta === null) delete value['meta'];
        const stamped = stampText(JSON.stringify(value), stamp);
        const parsed = JSON.parse(stamped) as Record<string, Record<string, unknown>>;
        const { versionId, lastUpdated } = stamp;
        expect(parsed).to.deep.equal(
          JSON.parse(
            JSON.stringify({ ...value, id: 'p1', meta: { ...ownMeta, versionId: '3', lastUpdated } }),
          ),
        );
        expect(parsed['meta']?.['versionId']).to.equal(String(versionId));
        expect(stampText(stamped, stamp)).to.equal(stamped);
        expect(Object.keys(value).filter((name) => name !== 'id' && name !== 'meta')).to.deep.equal(
          Object.keys(parsed).filter((name) => name !== 'id' && name !== 'meta'),
        );
      }),
      { numRuns: 300, seed: 20261124 },
    );
  });
});

describe('equalsButStamp', () => {
  const body = stampText('{"resourceType":"Patient","birthDate":"1980","multipleBirthInteger":2}', stamp);
  const current = { body, stamp };

  it('holds for what was sent before, with any version in it or none', () => {
    const sent = '{"resourceType":"Patient","birthDate":"1980","multipleBirthInteger":2}';
    expect(equalsButStamp(sent, current)).to.equal(true);
    expect(equalsButStamp(stampText(sent, { ...stamp, versionId: 1 }), current)).to.equal(true);
  });

  it('fails where anything else differs', () => {
    expect(equalsButStamp('{"resourceType":"Patient","birthDate":"1981"}', current)).to.equal(false);
    expect(
      equalsButStamp('{"resourceType":"Patient","birthDate":"1980","multipleBirthInteger":2.0}', current),
    ).to.equal(false);
  });
});
