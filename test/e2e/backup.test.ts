import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { dataFolder, planNetwork, type PlannedNode } from '../../scripts/network/network-plan.js';
import { openNode } from '../../scripts/network/node-access.js';
import { createNodeProcess, type NodeProcess } from '../../scripts/network/node-process.js';

const program = fileURLToPath(new URL('../../src/main.js', import.meta.url));

interface Ran {
  readonly code: number;
  readonly output: string;
}

const run = (...words: string[]): Promise<Ran> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...words], (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr });
    });
  });

describe('backup and restore', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'rhie-backup-'));
  const backup = join(folder, 'backup');
  let node: PlannedNode;
  let running: NodeProcess;
  let data: string;

  before(async () => {
    const [planned] = await planNetwork(folder, [
      { id: 'county', name: 'county', tier: 'county', clients: [{ id: 'his', source: 'hospital' }] },
    ]);
    if (!planned) throw new Error('one node was planned');
    node = planned;
    data = join(dirname(node.configFile), dataFolder);
    running = createNodeProcess(node);
    await running.start();
  });
  after(async () => {
    await running.stop();
    rmSync(folder, { recursive: true });
  });

  async function create(): Promise<number> {
    const token = await openNode(node).tokenOf('his');
    const answer = await fetch(`${node.origin}/fhir/Patient`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
      body: '{"resourceType":"Patient"}',
    });
    return answer.status;
  }

  it('copies the data of a running node as they are at one moment, and refuses to write over a backup', async () => {
    expect([await create(), await create()]).to.deep.equal([201, 201]);
    expect(await run('backup', '--data', data, '--to', backup)).to.include({ code: 0 });
    expect(await create()).to.equal(201);
    const again = await run('backup', '--data', data, '--to', backup);
    expect(again.code).to.equal(1);
    expect(again.output).to.contain('new or empty');
  });

  it('refuses to restore under a running node, and leaves it alone', async () => {
    const refused = await run('restore', '--from', backup, '--data', data);
    expect(refused.code).to.equal(1);
    expect(refused.output).to.contain('in use by process');
    expect(await openNode(node).count('Patient')).to.equal(3);
  });

  it('puts the backup in place of the data and keeps what was there', async () => {
    await running.stop();
    expect(await run('restore', '--from', backup, '--data', data)).to.include({ code: 0 });
    const kept = readdirSync(dirname(data)).filter((name) =>
      name.startsWith(`${dataFolder}.before-restore-`),
    );
    expect(kept).to.have.length(1);
    expect(existsSync(`${data}.restoring`)).to.equal(false);
    await running.start();
    expect(await openNode(node).count('Patient')).to.equal(2);
    expect(await create()).to.equal(201);
  });

  it('says which folder holds no store', async () => {
    const refused = await run('restore', '--from', join(folder, 'nothing'), '--data', join(folder, 'new'));
    expect(refused.code).to.equal(1);
    expect(refused.output).to.contain('no store');
    expect(existsSync(join(folder, 'new'))).to.equal(false);
  });
});
