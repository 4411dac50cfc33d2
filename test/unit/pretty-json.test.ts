import { expect } from 'chai';
import fc from 'fast-check';

import { prettyJson } from '../../src/http/pretty-json.js';

describe('prettyJson', () => {
  it('keeps the text of numbers and strings', () => {
    const text = '{"a":[1.10,0.12345678901234567890],"b":"x{\\"y\\":[1,2]}","c":{},"d":[],"e":null}';
    expect(prettyJson(text)).to.equal(
      [
        '{',
        '  "a": [',
        '    1.10,',
        '    0.12345678901234567890',
        '  ],',
        '  "b": "x{\\"y\\":[1,2]}",',
        '  "c": {},',
        '  "d": [],',
        '  "e": null',
        '}',
        '',
      ].join('\n'),
    );
  });

  it('indents as JSON.stringify does', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        const value: unknown = JSON.parse(text);
        expect(prettyJson(JSON.stringify(value))).to.equal(`${JSON.stringify(value, null, 2)}\n`);
      }),
    );
  });
});
