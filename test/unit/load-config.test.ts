import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { ConfigError, loadConfig } from '../../src/config/load-config.js';

const secret = '8b1f0c5e9d2a47366f1e0b9c8d7a6e5f';

describe('loadConfig', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'rhie-config-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const write = (text: string): string => {
    const file = join(folder, 'node.yaml');
    writeFileSync(file, text);
    return file;
  };
  const faultsOf = (text: string, env: Record<string, string> = {}, noAuth = false): readonly string[] => {
    try {
      loadConfig({ file: write(text), env, overrides: { noAuth } });
    } catch (error) {
      if (error instanceof ConfigError) return error.faults;
      throw error;
    }
    return [];
  };

  for (const tier of ['province', 'city', 'county']) {
    it(`accepts the sample of a ${tier}`, () => {
      const config = loadConfig({ file: join('config', `${tier}.yaml`), env: { RHIE_AUTH_SECRET: secret } });
      expect(config.node.tier).to.equal(tier);
      expect(config.directory.owner).to.equal('self');
      expect(Object.isFrozen(config.server)).to.equal(true);
    });
  }

  it('lays file, environment and command line over each other', () => {
    const file = write(
      'node: {id: a, tier: county}\nserver: {port: 1, bodyLimitBytes: 2048}\nstore: {directory: here}',
    );
    const env = { RHIE_AUTH_SECRET: secret, RHIE_SERVER_PORT: '2', RHIE_SERVER_BODY_LIMIT_BYTES: '4096' };
    const config = loadConfig({ file, env, overrides: { port: 3 } });
    expect(config.server).to.include({ port: 3, bodyLimitBytes: 4096, host: '127.0.0.1' });
    expect(config.store.directory).to.equal(join(folder, 'here'));
  });

  it('reads a secret from the file that RHIE_AUTH_SECRET_FILE names', () => {
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, `${secret}\n`);
    const file = write('node: {id: a, tier: county}');
    expect(loadConfig({ file, env: { RHIE_AUTH_SECRET_FILE: secretFile } }).auth.secret).to.equal(secret);
  });

  it('lists all faults of the schema at once', () => {
    const faults = faultsOf('node: {id: A B}\nserver: {port: nine}\nfoo: 1', { RHIE_TYPO: 'x' });
    expect(faults).to.have.length(5);
    expect(faults.join('\n'))
      .to.match(/RHIE_TYPO/)
      .and.match(/node\.id/)
      .and.match(/tier/)
      .and.match(/server\.port/)
      .and.match(/foo/);
  });

  it('refuses a missing secret and a sample secret', () => {
    expect(faultsOf('node: {id: a, tier: county}').join()).to.match(/auth\.secret: missing/);
    const env = { RHIE_AUTH_SECRET: 'changeme-changeme-changeme-changeme' };
    expect(faultsOf('node: {id: a, tier: county}', env).join()).to.match(/auth\.secret: a sample/);
  });

  it('refuses to run without sign-in on any but a loopback address', () => {
    expect(faultsOf('node: {id: a, tier: county}\nserver: {host: 0.0.0.0}', {}, true)).to.have.length(1);
    expect(faultsOf('node: {id: a, tier: county}', {}, true)).to.deep.equal([]);
  });

  it('refuses peers without keys, an owner in two subtrees, and one id used twice', () => {
    const faults = faultsOf(
      'node: {id: a, tier: city}\nexchange: {children: [{id: b, url: "http://b", owners: [b, c]}, {id: c, url: "http://c"}, {id: a, url: "http://a"}]}',
      { RHIE_AUTH_SECRET: secret },
    ).join('\n');
    expect(faults)
      .to.match(/peer b needs jwks/)
      .and.match(/owner c can belong/)
      .and.match(/a: node, peers/)
      .and.match(/privateKeyFile/);
  });

  it('takes the directory from the parent where there is one', () => {
    const file = write('node: {id: a, tier: county}\nexchange: {parent: {id: b, url: "http://127.0.0.1:1"}}');
    expect(loadConfig({ file, env: {}, overrides: { noAuth: true } }).directory.owner).to.equal('parent');
  });
});
