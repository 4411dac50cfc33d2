import { expect } from 'chai';
import { readBundle } from '../../src/fhir/bundle/read-bundle.js';
import { prepareEntries } from '../../src/threads/prepare-entries.js';
import type { EntryDecision } from '../../src/ports/ingest.js';

const base = 'http://node.test/fhir';
const lastUpdated = '2026-11-24T03:04:05.678Z';
const urn = 'urn:uuid:11111111-1111-4111-8111-111111111111';

interface Posted {
  readonly fullUrl?: string;
  /** JSON text. */
  readonly resource: string;
}

interface Rewritten {
  readonly bodies: string[];
  /** `Type/id` outside the Bundle. */
  readonly outside: string[];
}

const typeOf = (resource: string): string => /"resourceType":"(\w+)"/.exec(resource)?.[1] ?? '';

const bundleOf = (entries: readonly Posted[]): string =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map(({ fullUrl, resource }, index) => ({
      ...(fullUrl === undefined ? {} : { fullUrl }),
      resource: `@${String(index)}`,
      request: { method: 'POST', url: typeOf(resource) },
    })),
  }).replace(/"@(\d+)"/g, (_, index: string) => entries[Number(index)]?.resource ?? '');

/** Each entry becomes `Type/new-<index>`; the result without the stamps. */
function rewrite(entries: readonly Posted[], references: Record<string, string> = {}): Rewritten {
  const read = readBundle(bundleOf(entries), base);
  if (!read.ok) throw new Error(JSON.stringify(read.issues));
  const decisions = entries.map(({ resource }, index): EntryDecision => {
    const id = `new-${String(index)}`;
    return { kind: 'write', key: { type: typeOf(resource), id }, stamp: { id, versionId: 1, lastUpdated } };
  });
  const result = prepareEntries(
    read.bundle,
    { entries: decisions, references: new Map(Object.entries(references)) },
    base,
  );
  if (result.outcome === 'invalid') throw new Error(JSON.stringify(result.issues));
  const bodies = result.records.map((record) => (typeof record === 'object' ? record.body : ''));
  const stamp = /"id":"new-\d+","meta":\{"versionId":"1","lastUpdated":"[^"]*"\},?/;
  return {
    bodies: bodies.map((body) => body.replace(stamp, '')),
    outside: result.references.map(({ type, id }) => `${type}/${id}`),
  };
}

const patient: Posted = { fullUrl: urn, resource: '{"resourceType":"Patient","active":true}' };
const basic = (more: string): Posted => ({
  resource: `{"resourceType":"Basic","code":{"text":"x"},${more}}`,
});
const basicAfter = (more: string): string => `{"resourceType":"Basic","code":{"text":"x"},${more}}`;

describe('links of a transaction', () => {
  const cases: readonly (readonly [name: string, before: string, after: string])[] = [
    ['a Reference', `"subject":{"reference":"${urn}"}`, '"subject":{"reference":"Patient/new-0"}'],
    [
      'a Reference in an extension',
      `"extension":[{"url":"http://a","valueReference":{"reference":"${urn}"}}]`,
      '"extension":[{"url":"http://a","valueReference":{"reference":"Patient/new-0"}}]',
    ],
    [
      'a uri and a url',
      `"extension":[{"url":"http://a","valueUri":"${urn}"},{"url":"http://a","valueUrl":"${urn}"}]`,
      '"extension":[{"url":"http://a","valueUri":"Patient/new-0"},{"url":"http://a","valueUrl":"Patient/new-0"}]',
    ],
    [
      'a Reference in a contained resource',
      `"contained":[{"resourceType":"Basic","id":"c","code":{"text":"x"},"subject":{"reference":"${urn}"}}],"subject":{"reference":"#c"}`,
      '"contained":[{"resourceType":"Basic","id":"c","code":{"text":"x"},"subject":{"reference":"Patient/new-0"}}],"subject":{"reference":"#c"}',
    ],
    [
      'a Reference of an extension of a primitive',
      `"created":"2020-01-01","_created":{"extension":[{"url":"http://a","valueReference":{"reference":"${urn}"}}]}`,
      '"created":"2020-01-01","_created":{"extension":[{"url":"http://a","valueReference":{"reference":"Patient/new-0"}}]}',
    ],
    [
      'href and src of a narrative',
      `"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"${urn}\\">x</a><img alt='x' src='${urn}'/> ${urn}</div>"}`,
      `"text":{"status":"generated","div":"<div xmlns=\\"http://www.w3.org/1999/xhtml\\"><a href=\\"Patient/new-0\\">x</a><img alt='x' src='Patient/new-0'/> ${urn}</div>"}`,
    ],
  ];
  for (const [name, before, after] of cases) {
    it(`rewrites ${name}`, () => {
      expect(rewrite([patient, basic(before)]).bodies[1]).to.equal(basicAfter(after));
    });
  }

  const untouched: readonly (readonly [name: string, text: string])[] = [
    ['the value of an Identifier', `"identifier":[{"system":"urn:ietf:rfc:3986","value":"${urn}"}]`],
    ['a uuid, which can be no URL', `"extension":[{"url":"http://a","valueUuid":"${urn}"}]`],
    ['a string', `"extension":[{"url":"http://a","valueString":"${urn}"}]`],
    ['a canonical', `"extension":[{"url":"http://a","valueCanonical":"${urn}"}]`],
    ['the display of a Reference', `"subject":{"display":"${urn}"}`],
    ['text that only contains it', `"extension":[{"url":"http://a","valueUri":"http://a/${urn}"}]`],
    [
      'decimals and escapes',
      '"extension":[{"url":"http://a","valueDecimal":1.10},{"url":"http://b","valueString":"\\u00e9\\/"}]',
    ],
  ];
  for (const [name, text] of untouched) {
    it(`leaves ${name}`, () => {
      expect(rewrite([patient, basic(text)]).bodies[1]).to.equal(basicAfter(text));
    });
  }

  it('rewrites a uri in an array', () => {
    const plan = `{"resourceType":"CarePlan","status":"active","intent":"plan","subject":{"reference":"${urn}"},"instantiatesUri":["http://a","${urn}"],"instantiatesCanonical":["${urn}"]}`;
    expect(rewrite([patient, { resource: plan }]).bodies[1]).to.equal(
      plan.replace(urn, 'Patient/new-0').replace(`"http://a","${urn}"`, '"http://a","Patient/new-0"'),
    );
  });

  it('knows a member `reference` that is a uri from the literal of a Reference', () => {
    const issue = `{"resourceType":"DetectedIssue","status":"final","patient":{"reference":"${urn}"},"reference":"Patient/elsewhere"}`;
    const rewritten = rewrite([patient, { resource: issue }]);
    expect(rewritten.bodies[1]).to.equal(issue.replace(urn, 'Patient/new-0'));
    expect(rewritten.outside).to.deep.equal([]);
    const linked = issue.replace('Patient/elsewhere', urn);
    expect(rewrite([patient, { resource: linked }]).bodies[1]).to.equal(
      linked.replaceAll(urn, 'Patient/new-0'),
    );
  });

  it('resolves fullUrls of other forms', () => {
    const forms = ['urn:oid:1.2.3', 'http://old.test/fhir/Patient/7', 'https://old.test/x'];
    const entries = forms.map((fullUrl) => ({ ...patient, fullUrl }));
    const references = forms.map(
      (form) => `{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"${form}"}}`,
    );
    const { bodies } = rewrite([...entries, ...references.map((resource) => ({ resource }))]);
    expect(bodies.slice(3).map((body) => /"reference":"([^"]*)"/.exec(body)?.[1])).to.deep.equal([
      'Patient/new-0',
      'Patient/new-1',
      'Patient/new-2',
    ]);
  });

  it('completes a relative reference with the base of the own fullUrl', () => {
    const entries = [
      { ...patient, fullUrl: 'http://old.test/fhir/Patient/7' },
      { ...basic('"subject":{"reference":"Patient/7"}'), fullUrl: 'http://old.test/fhir/Basic/1' },
      { ...basic('"subject":{"reference":"Patient/7"}'), fullUrl: 'http://other.test/fhir/Basic/2' },
    ];
    const { bodies, outside } = rewrite(entries);
    expect(bodies[1]).to.include('"reference":"Patient/new-0"');
    expect(bodies[2]).to.include('"reference":"Patient/7"');
    expect(outside).to.deep.equal(['Patient/7']);
  });

  it('unescapes what it compares', () => {
    const entries = [
      { ...patient, fullUrl: 'http://old.test/fhir/Patient/7' },
      basic('"subject":{"reference":"http:\\/\\/old.test\\/fhir\\/Patient\\/7"}'),
    ];
    expect(rewrite(entries).bodies[1]).to.equal(basicAfter('"subject":{"reference":"Patient/new-0"}'));
  });

  it('puts conditional references right wherever they stand', () => {
    const reference = 'Practitioner?identifier=http://a|1&active=true';
    const { bodies, outside } = rewrite(
      [
        basic(`"author":{"reference":"${reference}"}`),
        basic(`"extension":[{"url":"http://a","valueReference":{"reference":"${reference}"}}]`),
      ],
      { [reference]: 'Practitioner/p9' },
    );
    expect(bodies[0]).to.include('"author":{"reference":"Practitioner/p9"}');
    expect(bodies[1]).to.include('"reference":"Practitioner/p9"');
    expect(outside).to.deep.equal(['Practitioner/p9']);
  });

  it('takes cycles between entries', () => {
    const other = 'urn:uuid:22222222-2222-4222-8222-222222222222';
    const { bodies } = rewrite([
      {
        fullUrl: urn,
        resource: `{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"${other}"}}`,
      },
      {
        fullUrl: other,
        resource: `{"resourceType":"Basic","code":{"text":"x"},"subject":{"reference":"${urn}"}}`,
      },
    ]);
    expect(bodies[0]).to.include('Basic/new-1');
    expect(bodies[1]).to.include('Basic/new-0');
  });

  it('lists literal references that must exist outside, own base and versions included', () => {
    const { outside } = rewrite([
      patient,
      basic(`"subject":{"reference":"Patient/new-0"},"author":{"reference":"Practitioner/a/_history/3"}`),
      basic(`"subject":{"reference":"${base}/Patient/b"},"author":{"reference":"Practitioner/a"}`),
      basic(`"subject":{"reference":"http://elsewhere.test/Patient/c"}`),
    ]);
    expect(outside).to.deep.equal(['Practitioner/a', 'Patient/b']);
  });

  it('refuses a urn:uuid that no entry has, with its place', () => {
    const none = 'urn:uuid:33333333-3333-4333-8333-333333333333';
    const extension = `"extension":[{"url":"http://a"},{"url":"http://b","valueReference":{"reference":"${none}"}}]`;
    const result = readBundle(bundleOf([patient, basic(extension)]), base);
    expect(result.ok ? [] : result.issues.map(({ expression }) => expression)).to.deep.equal([
      'Bundle.entry[1].resource.extension[1].valueReference.reference',
    ]);
  });

  it('refuses a link to an entry that leaves no resource', () => {
    const text = JSON.stringify({
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { fullUrl: urn, request: { method: 'DELETE', url: 'Patient/a' } },
        {
          resource: { resourceType: 'Basic', code: { text: 'x' }, subject: { reference: urn } },
          request: { method: 'POST', url: 'Basic' },
        },
      ],
    });
    const read = readBundle(text, base);
    if (!read.ok) throw new Error('not read');
    const write = {
      kind: 'write',
      key: { type: 'Basic', id: 'b' },
      stamp: { id: 'b', versionId: 1, lastUpdated },
    } as const;
    const result = prepareEntries(
      read.bundle,
      { entries: [{ kind: 'none' }, write], references: new Map() },
      base,
    );
    expect(result.outcome === 'invalid' && result.issues.map(({ expression }) => expression)).to.deep.equal([
      'Bundle.entry[1].resource.subject.reference',
    ]);
  });
});
