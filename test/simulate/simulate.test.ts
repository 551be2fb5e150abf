import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseScenario } from '../../src/config/scenario.js';
import type { Engine } from '../../src/io/duckdb.js';
import { sumMoments } from '../../src/model/moments.js';
import { toNormalised } from '../../src/model/normalise.js';
import { fromRows, multiply, transpose } from '../../src/numerics/dense.js';
import { gramInverse } from '../../src/numerics/leastSquares.js';
import { smallestEigenvalue } from '../../src/numerics/symmetricEigen.js';
import { writeSimulation } from '../../src/run/simulate.js';
import { applyControls, controlCoefficients, structuralLoadings } from '../../src/stages/defactor/controls.js';
import { accumulateDay } from '../../src/stages/fit/accumulate.js';
import { drawTruth } from '../../src/stages/simulate/truth.js';
import { readJson } from '../support/cli.js';
import { temporaryFolder, testEngine } from '../support/engine.js';
import { LINEAR_FLOW } from '../support/linearFlow.js';
import { largestDifference, seeds } from '../support/matrices.js';
import { simulatedMarket } from '../support/simulatedMarket.js';

const folder = temporaryFolder();
let engine: Engine;
beforeAll(async () => {
  engine = await testEngine(folder);
});
afterAll(() => engine.close());

const small = { names: 4, blocks: 2, days: 2, sessions: [['10:00', '10:05']] };
let count = 0;
async function written(document: Record<string, unknown>): Promise<string> {
  count++;
  const target = join(folder, `market${count}`);
  await writeSimulation(parseScenario(document), target, engine, () => {});
  return target;
}
const filesOf = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(parquet|csv|json)$/.test(name))
    .sort();
const bytesOf = (root: string) =>
  filesOf(root).map((name) => [name, readFileSync(join(root, name)).toString('base64')]);

describe('the files of a scenario', () => {
  it('are the same bytes for the same seed and others for another', async () => {
    const [one, again, other] = [
      bytesOf(await written({ ...small, seed: 7 })),
      bytesOf(await written({ ...small, seed: 7 })),
      bytesOf(await written({ ...small, seed: 8 })),
    ];
    expect(one.length).toBeGreaterThan(10);
    expect(again).toEqual(one);
    expect(other.map(([name]) => name)).toEqual(one.map(([name]) => name));
    const same = one.filter(([, bytes], k) => bytes === other[k][1]);
    expect(same).toEqual([]);
  });

  it('hold the truth that the market obeyed, to the last bit', async () => {
    const scenario = parseScenario({ ...small, seed: 9 });
    const document = readJson(join(await written({ ...small, seed: 9 }), 'truth.json'));
    const truth = drawTruth(scenario);
    expect(document.scenario).toEqual(JSON.parse(JSON.stringify(scenario)));
    expect(fromRows(document.K)).toEqual(truth.K);
    expect(fromRows(document.loadings)).toEqual(truth.loadings);
    expect(document.kernel).toEqual({ tauSeconds: [5, 300, 'permanent'], weights: truth.weights });
    expect([document.symbols, document.factors]).toEqual([truth.symbols, truth.factorNames]);
  });
});

describe('the truth', () => {
  it('is admissible, whatever is asked for', () => {
    const cases = fc.record({
      seed: seeds,
      names: fc.integer({ min: 1, max: 12 }),
      blocks: fc.integer({ min: 1, max: 5 }),
      within: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
      between: fc.double({ min: -1.5, max: 1.5, noNaN: true }),
    });
    fc.assert(
      fc.property(cases, ({ within, between, ...rest }) => {
        const { K, weights, blocks } = drawTruth(parseScenario({ ...rest, impact: { within, between } }));
        const self = Float64Array.from({ length: K.rows }, (_, i) => K.data[i * (K.rows + 1)]);
        const links = toNormalised(K, self);
        expect(Math.min(...self)).toBeGreaterThan(0);
        expect(largestDifference(K, transpose(K))).toBeLessThan(1e-12);
        expect(smallestEigenvalue(links)).toBeGreaterThan(-1e-9);
        links.data.forEach((value, k) => {
          if (k % (K.rows + 1) !== 0) expect(Math.abs(value)).toBeLessThan(0.9 + 1e-9);
        });
        expect(weights.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 12);
        expect(new Set(blocks).size).toBe(Math.min(rest.blocks, rest.names));
      }),
      { numRuns: 40 },
    );
  });

  it('has the links that were planted where they need no projection', () => {
    const impact = { within: 0.3, between: 0.1, dispersion: 0 };
    const { K, blocks } = drawTruth(parseScenario({ names: 6, blocks: 2, impact }));
    const self = Float64Array.from({ length: 6 }, (_, i) => K.data[i * 7]);
    toNormalised(K, self).data.forEach((value, k) => {
      const [i, j] = [Math.floor(k / 6), k % 6];
      expect(value).toBeCloseTo(i === j ? 1 : blocks[i] === blocks[j] ? 0.3 : 0.1, 9);
    });
  });
});

/** Least squares of the moves on factors and flow filtered by the true kernel: what the files say of the truth. */
describe('the market obeys its truth', () => {
  const tau = 20;
  const document = {
    seed: 5,
    names: 4,
    blocks: 2,
    days: 1,
    sessions: [['10:00', '12:00']],
    impact: { tau_seconds: [tau], weights: [1], wide_multiplier: 1, per_child_bps: 8 },
    flow: { rate: 0.2 },
    noise_bps: 0.2,
  };
  const truth = drawTruth(parseScenario(document));
  const [day] = simulatedMarket(document);
  const decay = Float64Array.of(Math.exp(-1 / tau));
  const moments = sumMoments(accumulateDay(day, { decay, transform: LINEAR_FLOW, foldBuckets: 'day' }));
  const controls = controlCoefficients(moments, { residualize: 'both', ridge: 0 });
  const { cross, gram } = applyControls(moments, controls);
  const K = multiply(cross, gramInverse(gram).inverse);

  it('in its impact', () => {
    const self = Float64Array.from({ length: 4 }, (_, i) => truth.K.data[i * 5]);
    expect(largestDifference(toNormalised(K, self), toNormalised(truth.K, self))).toBeLessThan(0.03);
  });

  it('in its loadings', () => {
    const loadings = structuralLoadings(controls, K);
    truth.loadings.data.forEach((value, k) => {
      const [i, f] = [Math.floor(k / truth.loadings.cols), k % truth.loadings.cols];
      expect(Math.abs(loadings.data[i * loadings.cols + 1 + f] - value)).toBeLessThan(0.05);
    });
  });
});
