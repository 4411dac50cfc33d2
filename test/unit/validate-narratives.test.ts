import { expect } from 'chai';
import { faultsOf, patient } from '../support/validation.js';

const narrative = (div: string): string[] => faultsOf(patient({ text: { status: 'generated', div } }));
const wrap = (inner: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${inner}</div>`;

describe('validateResource: narratives', () => {
  it('accepts basic XHTML', () => {
    for (const inner of [
      '血压 120/80 &lt; 140 &#160;&#xa0;',
      '<p class="a" style="color:red">a<br/>b</p><!-- note -->',
      '<table border="1"><tbody><tr><td rowspan="2" nowrap="nowrap">x</td></tr></tbody></table>',
      "<a href='https://example.org/?a=1&amp;b=2'>x</a>",
      '<img src="#photo" alt="x"/>',
      'a > b',
    ]) {
      expect(narrative(wrap(inner)), inner).to.deep.equal([]);
    }
  });

  it('refuses what is not well formed', () => {
    for (const div of [
      'text',
      '<div>no namespace</div>',
      '<p xmlns="http://www.w3.org/1999/xhtml">x</p>',
      wrap('<p>open'),
      wrap('<b><i>x</b></i>'),
      wrap('a<br>b'),
      wrap('a & b'),
      wrap('&nbsp;x'),
      wrap('&reg;x'),
      wrap('<a href="?a=1&b=2">x</a>'),
      `${wrap('x')}y`,
      `${wrap('x')}${wrap('y')}`,
      wrap('<!-- open'),
    ]) {
      expect(narrative(div), div).to.deep.equal(['invariant Patient.text.div']);
    }
  });

  it('refuses active and foreign content', () => {
    for (const inner of [
      '<script>x</script>',
      '<style>p{}</style>',
      '<form>x</form>',
      '<iframe src="https://example.org"/>',
      '<p onclick="x()">x</p>',
      '<a href="javascript:x()">x</a>',
      '<a href=" JavaScript:x()">x</a>',
      '<font color="red">x</font>',
    ]) {
      expect(narrative(wrap(inner)), inner).to.deep.equal(['invariant Patient.text.div']);
    }
  });

  it('refuses a narrative without content', () => {
    expect(narrative(wrap(' '))).to.deep.equal(['invariant Patient.text.div']);
    expect(narrative(wrap('<p> </p>'))).to.deep.equal(['invariant Patient.text.div']);
  });
});
