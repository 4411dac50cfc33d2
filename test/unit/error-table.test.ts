import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'chai';

import { errorTable } from '../../src/http/error-table.js';
import { projectRoot } from '../support/project-root.js';

describe('errorTable', () => {
  it('is what docs/errors.md says, category by category', () => {
    const text = readFileSync(join(projectRoot, 'docs', 'errors.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (\d{3}) \|/gm)];
    expect(rows.map(([, category, status]) => [category, Number(status)])).to.deep.equal(
      Object.entries(errorTable),
    );
  });
});
