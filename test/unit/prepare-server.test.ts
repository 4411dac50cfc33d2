import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { testServer } from '../../scripts/test/mongo-process.js';

const script = fileURLToPath(new URL('../../scripts/test/prepare-server.js', import.meta.url));

/** With a cargo that builds nothing but an empty file in the place of the program. */
describe('preparing the test server', () => {
  const { crate, version, program } = testServer;
  let folder: string;
  let built: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'rhie-prepare-'));
    built = join(folder, 'cache', 'regional-hie', `${crate}-${version}`);
    const tools = join(folder, 'tools');
    mkdirSync(tools);
    const install = `#!/bin/sh
for word; do root=$word; done
case $1 in install) /bin/mkdir -p "$root/bin" && : > "$root/bin/${program}";; esac
`;
    for (const [name, text] of [
      ['cargo', install],
      ['gcc', '#!/bin/sh\n'],
      ['cmake', '#!/bin/sh\n'],
    ] as const) {
      writeFileSync(join(tools, name), text, { mode: 0o755 });
    }
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const prepare = () => {
    const { MONGO_URL: _, ...rest } = process.env;
    const env = { ...rest, PATH: join(folder, 'tools'), RHIE_TEST_CACHE: join(folder, 'cache') };
    return spawnSync(process.execPath, [script], { env, encoding: 'utf8' });
  };

  it('builds it where the cache has no folder of it, and takes it from there afterwards', () => {
    expect(prepare().stdout).to.match(/building/);
    const again = prepare();
    expect([again.status, again.stdout]).to.deep.equal([0, `test server: ${join(built, 'bin', program)}\n`]);
  });

  it('builds it anew where the folder in the cache has no program, and leaves no remainder', () => {
    mkdirSync(join(built, 'bin'), { recursive: true });
    writeFileSync(join(built, 'remainder'), '');
    expect(prepare().status).to.equal(0);
    expect(existsSync(join(built, 'bin', program))).to.equal(true);
    expect(existsSync(join(built, 'remainder'))).to.equal(false);
    expect(readdirSync(join(folder, 'cache', 'regional-hie'))).to.deep.equal([`${crate}-${version}`]);
  });
});
