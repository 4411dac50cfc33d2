import { expect } from 'chai';
import fc from 'fast-check';
import { Noted } from '../../src/fhir/json/noted-names.js';
import { scanEntries, scanJson } from '../../src/fhir/json/scan-json.js';
import { sharedData, sharedDataMissing } from '../support/shared-data.js';
import { syntheaTexts } from '../support/synthea-texts.js';

function textOf(text: string): string {
  const scanned = scanJson(text);
  if (!scanned.ok) throw new Error(scanned.issues.map(({ diagnostics }) => diagnostics).join('; '));
  return scanned.text;
}

function faultsOf(text: string): string[] {
  const scanned = scanJson(text);
  return scanned.ok ? [] : scanned.issues.map(({ diagnostics }) => diagnostics);
}

const nested = (levels: number): string => '{"a":'.repeat(levels - 1) + '{}' + '}'.repeat(levels - 1);

describe('scanJson', () => {
  it('drops white space between tokens only', () => {
    expect(textOf(' {\r\n\t"a" : [ 1 , true , null ] , "b c" : "x  y" , "d" : { } } \n')).to.equal(
      '{"a":[1,true,null],"b c":"x  y","d":{}}',
    );
  });

  it('gives a compact text back as it is', () => {
    const text = '{"resourceType":"Patient","name":[{"family":"欧阳"}]}';
    expect(textOf(text)).to.equal(text);
  });

  it('keeps the text of numbers', () => {
    const text = '{"a":1.10,"b":12345678901234567890,"c":1e400,"d":-0.0,"e":1E+2,"f":0.00000000000000000001}';
    expect(textOf(text)).to.equal(text);
  });

  it('keeps escapes in strings and writes member names plainly', () => {
    expect(textOf('{"\\u0069d":"\\u0041\\/\\n\\ud83d\\ude00","\\"":1}')).to.equal(
      '{"id":"\\u0041\\/\\n\\ud83d\\ude00","\\"":1}',
    );
  });

  it('drops a byte order mark', () => {
    expect(textOf('\ufeff{"a":1}')).to.equal('{"a":1}');
  });

  const malformed: readonly (readonly [name: string, text: string, fault: RegExp])[] = [
    ['an empty body', '', /must be a JSON object \(line 1, column 1\)/],
    ['white space alone', ' \n ', /must be a JSON object/],
    ['an array at the top', '[{}]', /must be a JSON object/],
    ['a string at the top', '"x"', /must be a JSON object/],
    ['a number at the top', '12', /must be a JSON object/],
    ['no JSON at all', 'resourceType=Patient', /not valid JSON \(line 1, column 1\)/],
    ['a text that ends early', '{"a":1', /not valid JSON \(line 1, column 7\)/],
    ['a string that ends early', '{"a":"b', /control character stands in a string \(line 1, column 8\)/],
    ['a missing brace', '{"a":[1}', /not valid JSON \(line 1, column 8\)/],
    ['something behind the end', '{"a":1}\n}', /not valid JSON \(line 2, column 1\)/],
    ['two texts', '{} {}', /not valid JSON \(line 1, column 4\)/],
    ['a comma too many in an object', '{"a":1,}', /not valid JSON \(line 1, column 8\)/],
    ['a comma too many in an array', '{"a":[1,]}', /not valid JSON \(line 1, column 9\)/],
    ['a missing comma', '{"a":1 "b":2}', /not valid JSON \(line 1, column 8\)/],
    ['a missing colon', '{"a" 1}', /not valid JSON \(line 1, column 6\)/],
    ['a missing value', '{"a":}', /not valid JSON \(line 1, column 6\)/],
    ['a name without quotes', '{a:1}', /not valid JSON \(line 1, column 2\)/],
    ['single quotes', "{'a':1}", /not valid JSON \(line 1, column 2\)/],
    ['a comment', '{/*x*/"a":1}', /not valid JSON \(line 1, column 2\)/],
    ['a leading zero', '{"a":01}', /not valid JSON \(line 1, column 7\)/],
    ['a leading plus', '{"a":+1}', /not valid JSON/],
    ['a leading dot', '{"a":.5}', /not valid JSON/],
    ['a trailing dot', '{"a":1.}', /not valid JSON \(line 1, column 8\)/],
    ['an exponent without digits', '{"a":1e}', /not valid JSON \(line 1, column 8\)/],
    ['a minus alone', '{"a":-}', /not valid JSON \(line 1, column 7\)/],
    ['NaN', '{"a":NaN}', /not valid JSON/],
    ['a word cut short', '{"a":tru}', /not valid JSON/],
    ['an unknown escape', '{"a":"\\x41"}', /an escape that does not exist \(line 1, column 7\)/],
    ['an escape with bad digits', '{"a":"\\u12g4"}', /an escape that does not exist/],
    [
      'a line feed in a string',
      '{"a":"x\ny"}',
      /a control character stands in a string \(line 1, column 8\)/,
    ],
    ['NUL in a string', '{"a":"x\0y"}', /a control character stands in a string/],
    ['NUL between tokens', '{"a":1,\0"b":2}', /not valid JSON \(line 1, column 8\)/],
    ['NUL at the end', '{"a":1}\0', /not valid JSON \(line 1, column 8\)/],
    ['NUL as an escape', '{"a":"x\\u0000y"}', /the character NUL \(line 1, column 8\)/],
    ['another kind of space', '{\u00a0"a":1}', /not valid JSON \(line 1, column 2\)/],
    ['half a pair, raw', '{"a":"\ud800"}', /half of a surrogate pair \(line 1, column 7\)/],
    ['half a pair in a name, raw', '{"\udc00":1}', /half of a surrogate pair/],
    ['a high half as an escape', '{"a":"\\ud800x"}', /half of a surrogate pair \(line 1, column 7\)/],
    ['a low half as an escape', '{"a":"x\\udc00"}', /half of a surrogate pair \(line 1, column 8\)/],
    ['two high halves', '{"a":"\\ud800\\ud800\\udc00"}', /half of a surrogate pair \(line 1, column 7\)/],
    ['half a pair at the end of a name', '{"\\ud83d":1}', /half of a surrogate pair/],
    ['a name twice', '{"a":1,"a":1}', /stands twice in one object \(line 1, column 8\)/],
    ['a name twice, once escaped', '{"id":1,"\\u0069d":2}', /stands twice in one object/],
    ['an empty name twice', '{"":1,"":2}', /stands twice in one object/],
    ['a name twice deep inside', '{"x":[{"é":1},{"é":1,"b":{"a":1},"é":2}]}', /stands twice in one object/],
    ['65 levels', nested(65), /nested more than 64 levels deep/],
    ['three million objects', `{"a":[${'{},'.repeat(3_000_000)}{}]}`, /more than 3000000 objects and arrays/],
    ['a million brackets', '{"a":' + '['.repeat(1_000_000), /nested more than 64 levels deep/],
  ];
  for (const [name, text, fault] of malformed) {
    it(`refuses ${name}`, () => {
      const faults = faultsOf(text);
      expect(faults).to.have.length(1);
      expect(faults[0]).to.match(fault);
    });
  }

  it('accepts 64 levels', () => {
    expect(textOf(nested(64))).to.equal(nested(64));
  });

  it('accepts the same name in different objects', () => {
    const text = '{"a":{"a":{"a":1},"b":{"a":1}},"b":[{"a":1},{"a":1}]}';
    expect(textOf(text)).to.equal(text);
  });

  it('finds a name that stands twice among many', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `"name-${String(index)}":0`);
    expect(faultsOf(`{${names.join(',')}}`)).to.deep.equal([]);
    expect(faultsOf(`{${names.join(',')},"name-7":0,"name-4321":0}`)).to.have.length(2);
  });

  it('tells all faults of strings at once, with line and column in characters', () => {
    const faults = faultsOf('{"欧":"\\u0000",\n "b":"\\udc00",\n  "欧":2}');
    expect(faults).to.deep.equal([
      'a string holds the character NUL (line 1, column 7)',
      'a string holds half of a surrogate pair (line 2, column 7)',
      'a member name stands twice in one object (line 3, column 3)',
    ]);
  });

  it('bounds the number of faults', () => {
    expect(faultsOf(`{"a":[${Array(1000).fill('"\\u0000"').join(',')}]}`)).to.have.length(50);
  });

  it('never quotes the content', () => {
    expect(faultsOf('{"name":"Zhang San","name":"\\u0000",oops').join(' ')).to.not.match(/Zhang|oops/);
  });

  it('parses to the same value as the text itself', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 8 })), fc.nat(4), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!text.includes('\\u0000') && !/\\ud[89a-f]/i.test(text));
        expect(JSON.parse(textOf(text))).to.deep.equal(JSON.parse(text));
        expect(textOf(text)).to.equal(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 300, seed: 20261124 },
    );
  });

  it('agrees with JSON.parse on what is JSON, for small changes of a text', () => {
    const text = '{"a":[1.5e3,-0,"x\\u0041\\n"],"b":{"c":true,"d":null,"e":{}},"f":[],"g":"é"}';
    const character = fc.constantFrom(...'{}[],:"\\0123456789.eE+-truefalsn \n\t/u');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(2), character, (at, removed, inserted) => {
        const changed = text.slice(0, at) + inserted + text.slice(at + removed);
        let isJson = true;
        try {
          JSON.parse(changed);
        } catch {
          isJson = false;
        }
        const faults = faultsOf(changed);
        if (!isJson) expect(faults).to.not.be.empty;
        else
          expect(faults.filter((fault) => !/twice|NUL|surrogate|JSON object/.test(fault))).to.deep.equal([]);
      }),
      { numRuns: 2000, seed: 20261124 },
    );
  });

  it('reads the Synthea bundles as JSON.parse does', function () {
    this.timeout(60_000);
    const folder = sharedData('synthea-r4');
    if (folder === undefined) {
      console.log(sharedDataMissing);
      this.skip();
    }
    for (const { text } of syntheaTexts(folder)) {
      expect(JSON.stringify(JSON.parse(textOf(text))) === JSON.stringify(JSON.parse(text))).to.equal(true);
    }
  });
});

describe('scanEntries', () => {
  it('cuts out the resources of the entries and leaves their indexes', () => {
    const scanned = scanEntries(
      '{"resourceType": "Bundle", "entry": [{"resource": {"a": [{"resource": {}}]}, "request": {"url": "x"}},' +
        ' {"request": {}}, {"resource": {"欧": "é"}}]}',
    );
    expect(scanned).to.deep.equal({
      ok: true,
      skeleton:
        '{"resourceType":"Bundle","entry":[{"resource":0,"request":{"url":"x"}},{"request":{}},{"resource":1}]}',
      resources: [
        { text: '{"a":[{"resource":{}}]}', noted: 0 },
        { text: '{"欧":"é"}', noted: 0 },
      ],
    });
  });

  it('notes the names that decide what must be searched for', () => {
    const notedOf = (resource: string): number | undefined => {
      const scanned = scanEntries(`{"id":"b","entry":[{"div":1,"resource":${resource},"reference":1}]}`);
      return scanned.ok ? scanned.resources[0]?.noted : undefined;
    };
    const own = Noted.ownType | Noted.ownId | Noted.ownMeta;
    expect(notedOf('{"resourceType":"X","id":1,"meta":2}')).to.equal(own);
    expect(notedOf('{"a":{"resourceType":"X","id":1,"meta":2}}')).to.equal(Noted.innerType);
    expect(notedOf('{"a":[{"reference":"x"}],"text":{"d\\u0069v":1}}')).to.equal(Noted.reference | Noted.div);
    expect(notedOf('{"valueExpression":[],"ids":"id","references":"","valueExpressiom":0}')).to.equal(
      Noted.valueExpression,
    );
    const alone = scanJson('{"resourceType":"X","contained":[{"id":"c"}]}');
    expect(alone.ok && alone.noted).to.equal(Noted.ownType);
  });

  it('lets a resource be as deep as outside of a Bundle', () => {
    const entries = (levels: number): string => `{"entry":[{"resource":${nested(levels)}}]}`;
    expect(scanEntries(entries(64)).ok).to.equal(true);
    expect(scanEntries(entries(65)).ok).to.equal(false);
  });
});
