import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

import { expect } from 'chai';

const demo = fileURLToPath(new URL('../../scripts/demo.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

function runDemo(...options: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [demo, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, said }));
  });
}

const identifier = (value: string): object[] => [{ system: 'http://example.org/id', value }];
const create = (resource: { readonly resourceType: string }, ifNoneExist?: string): object => ({
  resource,
  request: {
    method: 'POST',
    url: resource.resourceType,
    ...(ifNoneExist === undefined ? {} : { ifNoneExist }),
  },
});
const bundle = (type: string, entry: readonly object[]): string =>
  JSON.stringify({ resourceType: 'Bundle', type, entry });

function visit(number: number): string {
  const subject = { reference: 'urn:uuid:8b1d5c5e-7a3c-4d5e-9f60-000000000001' };
  return bundle('transaction', [
    {
      fullUrl: subject.reference,
      ...create({ resourceType: 'Patient', identifier: identifier(`p${number}`) } as {
        resourceType: string;
      }),
    },
    create({
      resourceType: 'Encounter',
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      serviceProvider: { reference: 'Organization?identifier=http://example.org/id|hospital' },
    } as { resourceType: string }),
  ]);
}

describe('demo', function () {
  this.timeout(180_000);
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'demo-input-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('--once carries a generated region through four nodes and ends with 0', async () => {
    const { code, said } = await runDemo('--once', '--size', '30');
    expect(code, said).to.equal(0);
    expect(said).to.match(/^province +MedicationRequest +\d+/m);
    expect(said).to.match(/^湖北省 holds (\d+) of \1 resources sent/m);
    expect(said).to.match(/^ {2}county-nanzhang -> city: .* equal$/m);
    expect(said).to.match(/^全市人口 \/ people: .* \/ \d+ people have \d+ records in \d+ institutions$/m);
    expect(said).to.match(/^ {2}待复核 \/ waiting for review: \d+$/m);
    expect(said).to.match(/精确率 precision 1\.0000/);
  });

  it('--input names a refused file with its reason and carries the rest through', async () => {
    const hospital = { resourceType: 'Organization', name: 'Hospital', identifier: identifier('hospital') };
    const text = bundle('batch', [create(hospital, 'identifier=http://example.org/id|hospital')]);
    writeFileSync(join(folder, 'z-directory.json.gz'), gzipSync(text));
    for (const number of [1, 2, 3]) writeFileSync(join(folder, `visit-${number}.json`), visit(number));
    writeFileSync(join(folder, 'wrong.json'), visit(4).replace('"finished"', '"over"'));
    const { code, said } = await runDemo('--once', '--input', folder);
    expect(code, said).to.equal(0);
    expect(said).to.match(/^1 refused:\n {2}wrong\.json: 422 .*status/m);
    expect(said).to.match(/^襄阳市 holds 7 of 7 resources sent/m);
    expect(said).to.match(/^湖北省 holds 7 of 7 resources sent/m);
    for (const county of ['county-nanzhang', 'county-zaoyang']) {
      expect(said).to.match(new RegExp(`^${county} +Encounter +[12] `, 'm'));
    }
  });

  it('--help says what it does and how', async () => {
    const { code, said } = await runDemo('--help');
    expect(code).to.equal(0);
    expect(said).to.include('--once').and.to.include('--input').and.to.include('--size');
  });
});
