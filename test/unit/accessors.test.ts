import { expect } from 'chai';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { elementTable } from '../../scripts/search-parameters/element-types.js';
import {
  readDefinitions,
  type SearchParameterResource,
} from '../../scripts/search-parameters/read-definitions.js';
import { searchParametersOf } from '../../src/fhir/search/search-parameters.js';
import { collectNodes, type CollectedNode } from '../support/collect-nodes.js';
import { distinct, oracleNodes, oracleParts } from '../support/fhirpath-oracle.js';
import { projectRoot } from '../support/project-root.js';
import { sampleResource, variantCount } from '../support/sample-resource.js';

type Resource = Record<string, unknown> & { resourceType: string };

const definitions = readDefinitions();
const byUrl = new Map(definitions.parameters.map((parameter) => [parameter.url, parameter]));

/** Holds what the accessors find against fhirpath.js, parameter by parameter; returns the codes that found something. */
function compare(resource: Resource): string[] {
  const { resourceType } = resource;
  const collected = collectNodes(resourceType, resource);
  for (const [code, nodes] of collected) {
    const parameter = byUrl.get(searchParametersOf(resourceType).get(code)?.url ?? '');
    if (parameter === undefined) throw new Error(`${resourceType} has no parameter ${code}`);
    const found = parameter.type === 'composite' ? partsOf(nodes) : distinct(nodes.map(({ value }) => value));
    expect(found, `${resourceType} ${code}`).to.deep.equal(expected(parameter, resource));
  }
  return [...collected].filter(([, nodes]) => nodes.some(({ value }) => value != null)).map(([code]) => code);
}

const expected = (parameter: SearchParameterResource, resource: Resource): unknown =>
  parameter.type === 'composite' ? oracleParts(parameter, resource) : oracleNodes(parameter, resource);

/** As oracleParts gives them: elements that lack a component left out. */
function partsOf(nodes: readonly CollectedNode[]): Map<string, Set<string>> {
  const parts = new Map<string, Set<string>>();
  for (const part of new Set(nodes.map((node) => node.part ?? ''))) {
    parts.set(part, distinct(nodes.filter((node) => node.part === part).map(({ value }) => value)));
  }
  const lacking = [...parts].filter(([, values]) => values.size === 0).map(([part]) => part.split('$')[0]);
  return new Map([...parts].filter(([part]) => !lacking.includes(part.split('$')[0])));
}

describe('search parameter accessors', () => {
  const table = elementTable(definitions.structures);

  for (const type of definitions.resourceTypes) {
    it(`find in ${type} what fhirpath.js finds, and something for each parameter`, function () {
      this.timeout(20_000);
      const seen = new Set<string>();
      for (let variant = 0; variant < variantCount(table, type); variant += 1) {
        const resource = sampleResource(table, type, variant) as Resource;
        for (const code of compare(resource)) seen.add(code);
      }
      expect([...collectNodes(type, {}).keys()].filter((code) => !seen.has(code))).to.deep.equal([]);
    });
  }

  it('find in real records what fhirpath.js finds', function () {
    this.timeout(60_000);
    const folder = join(process.env['RHIE_SHARED_DATA'] ?? join(projectRoot, '../shared/data'), 'synthea-r4');
    if (!existsSync(folder)) {
      console.log('skipped: shared data not found');
      this.skip();
    }
    const files = readdirSync(folder).filter((name) => name.endsWith('.json.gz'));
    const resources = sampleOf(folder, files);
    let compared = 0;
    for (const resource of resources) compared += compare(resource).length;
    expect(compared).to.be.greaterThan(resources.length * 5);
  });
});

/** One file whole, of the others every 37th resource. */
function sampleOf(folder: string, files: readonly string[]): Resource[] {
  return files.flatMap((name, place) => {
    const bundle = JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString()) as {
      entry: { resource: Resource }[];
    };
    const resources = bundle.entry.map(({ resource }) => resource);
    return place === 3 ? resources : resources.filter((_, at) => at % 37 === place % 37);
  });
}
