import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { certify } from '../../src/model/certificate.js';
import { fromRows, zeros } from '../../src/numerics/dense.js';
import { repository } from '../support/cli.js';

const text = readFileSync(join(repository, 'docs/certificate.md'), 'utf8');

it('docs/certificate.md explains every check that a certificate may have, and no other', () => {
  const K = fromRows([
    [1, 0.2],
    [0.2, 1],
  ]);
  const half = fromRows([
    [0.5, 0.1],
    [0.1, 0.5],
  ]);
  const plain = { K, decay: Float64Array.of(0.5, 1), weights: Float64Array.of(0.5, 0.5), concavity: 1, rho: 0.9 };
  const models = [
    { ...plain, floors: new Float64Array(2), conditionCap: 100 },
    { ...plain, floors: new Float64Array(2), parts: [half, half] },
    { ...plain, floors: new Float64Array(2), K: zeros(2) },
  ];
  const names = new Set(models.flatMap((model) => certify(model).checks.map(({ name }) => name)));
  const rows = text.split('\n').filter((line) => line.startsWith('| `'));
  const explained = rows.flatMap((row) => [...row.split('|')[1].matchAll(/`([a-z_]+)`/g)].map(([, name]) => name));
  expect(new Set(explained)).toEqual(names);
});
