import { expect } from 'chai';
import { accessorsOf } from '../../src/fhir/search/index-resource.js';
import { resourceTypes, searchParametersOf } from '../../src/fhir/search/search-parameters.js';

describe('searchParametersOf', () => {
  it('knows the 146 resource types of R4 and nothing abstract', () => {
    expect(resourceTypes.size).to.equal(146);
    for (const type of ['Resource', 'DomainResource', 'MetadataResource', 'SubscriptionStatus', 'Element']) {
      expect(resourceTypes.has(type), type).to.equal(false);
    }
  });

  it('gives all 1,378 standard parameters', () => {
    const urls = new Set<string>();
    for (const type of resourceTypes) for (const { url } of searchParametersOf(type).values()) urls.add(url);
    expect(urls.size).to.equal(1378);
  });

  it('gives each type those of Resource, and those of DomainResource where it is one', () => {
    const common = ['_content', '_id', '_lastUpdated', '_profile', '_query', '_security', '_source', '_tag'];
    for (const type of resourceTypes) expect(searchParametersOf(type)).to.include.keys(common);
    expect(searchParametersOf('Patient').has('_text')).to.equal(true);
    for (const type of ['Binary', 'Bundle', 'Parameters'])
      expect(searchParametersOf(type).has('_text')).to.equal(false);
  });

  it('describes a parameter by type, kinds and targets', () => {
    expect(searchParametersOf('Observation').get('patient')).to.deep.equal({
      code: 'patient',
      type: 'reference',
      url: 'http://hl7.org/fhir/SearchParameter/clinical-patient',
      kinds: ['reference'],
      targets: ['Patient'],
      components: [],
    });
  });

  it('describes the components of a composite in their order', () => {
    const { type, kinds, components } = searchParametersOf('Observation').get('code-value-quantity') ?? {};
    expect({ type, kinds }).to.deep.equal({ type: 'composite', kinds: [] });
    expect(components?.map((component) => component.type)).to.deep.equal(['token', 'quantity']);
    const relationship = searchParametersOf('DocumentReference').get('relationship');
    expect(relationship?.components.map((component) => component.type)).to.deep.equal(['reference', 'token']);
  });

  it('gives no kinds to what is not indexed, and an accessor to everything else but the columns', () => {
    const without = new Set<string>();
    for (const type of resourceTypes) {
      const indexed = new Set(accessorsOf(type).map(({ code }) => code));
      for (const { code, kinds, components } of searchParametersOf(type).values()) {
        if (kinds.length + components.length === 0) without.add(code);
        else
          expect(indexed.has(code) || code === '_id' || code === '_lastUpdated', `${type} ${code}`).to.equal(
            true,
          );
      }
    }
    expect([...without].sort()).to.deep.equal(['_content', '_query', '_text', 'near', 'phonetic']);
  });

  it('is empty for a type that R4 does not know', () => {
    for (const type of ['Nothing', 'toString', '__proto__', '']) {
      expect(searchParametersOf(type).size, type).to.equal(0);
      expect(accessorsOf(type), type).to.deep.equal([]);
    }
  });
});
