import { describe, expect, it } from 'vitest';
import { decays } from '../../src/model/kernel.js';
import { formInWords, isToBeSaid } from '../../src/stages/fit/form/formWords.js';
import { HEDGED, portfoliosOf } from '../../src/stages/fit/form/portfolios.js';
import { basketCost, type DecayWorld, formed, partsOf, simulatedWorld } from '../support/decayWorlds.js';
import { settled } from '../support/settled.js';

/** One decay for all links. */
const separable: DecayWorld = {
  ...{ names: 12, blocks: 3, days: 6, seconds: 3600, seed: 1 },
  ...{ tau: [3, 60, Number.POSITIVE_INFINITY], own: [0.5, 0.3, 0.2], link: 0.3 },
};
/** Names decay fast, the market stays. */
const slowMarket: DecayWorld = {
  ...{ names: 16, blocks: 4, days: 8, seconds: 5400, seed: 1 },
  ...{ tau: [3, 60, Number.POSITIVE_INFINITY], own: [0.7, 0.25, 0.05], market: [0, 0.02, 0.2], link: 0.1 },
  flow: { noise: 1 },
};
/** What all names trade lasts for minutes; by the flow of its own names alone every basket would look slow. */
const lasting = { common: 1, commonPersistence: 0.995 };

describe('where the truth has one decay', () => {
  it.each([
    ['few links', {}],
    ['flow that names share', { flow: { common: 0.7 } }],
    ['shared flow that lasts', { flow: lasting }],
    ['many names', { names: 24, blocks: 4, seconds: 2000 }],
    ['two blocks, three days', { days: 3, blocks: 2 }],
  ] satisfies [string, Partial<DecayWorld>][])(
    'the kernel is scalar, as if it had been given: %s',
    async (_, change) => {
      for (const seed of [1, 2, 3]) {
        const { fit, scalar } = await formed(simulatedWorld({ ...separable, ...change, seed }));
        expect(fit.choice).toMatchObject({ form: 'scalar', reason: 'alike', addedTau: [] });
        expect(isToBeSaid(fit.choice)).toBe(false);
        expect(fit.calibration.K).toEqual(scalar.K);
        await settled();
      }
    },
  );

  it.each([
    ['hardly any noise', { flow: { ...lasting, noise: 0.3 } }],
    [
      'more time constants than own flow tells apart',
      {
        ...{ tau: [1, 4, 16, 64, 256, 1000], own: [0.3, 0.2, 0.15, 0.13, 0.12, 0.1] },
        flow: { ...lasting, noise: 0.5 },
      },
    ],
  ] satisfies [string, Partial<DecayWorld>][])(
    'it stays scalar where baskets show more of it: %s',
    async (_, change) => {
      for (const seed of [1, 2, 3]) {
        const world = simulatedWorld({ ...separable, ...change, seed });
        const { fit, scalar, basis } = await formed(world);
        expect(fit.choice).toMatchObject({ form: 'scalar', reason: 'alike' });
        const [{ holding }] = portfoliosOf(scalar.K, world.blocks);
        const errorOf = (parts: ReturnType<typeof partsOf>, decay: Float64Array) =>
          Math.abs(basketCost(parts, decay, 600, holding) / basketCost(world.parts, world.decay, 600, holding) - 1);
        expect(errorOf(partsOf(fit.calibration), decays(fit.basis))).toBeLessThan(
          Math.max(0.07, errorOf(partsOf(scalar), decays(basis))),
        );
        await settled();
      }
    },
  );
});

describe('where the market decays at a speed of its own', () => {
  it.each([1, 2, 3])('modes are chosen, and price worked baskets that one decay misprices (seed %i)', async (seed) => {
    const world = simulatedWorld({ ...slowMarket, seed });
    const { fit, scalar, basis } = await formed(world);
    expect(fit.choice).toMatchObject({ form: 'modes', reason: 'apart' });
    const baskets = portfoliosOf(scalar.K, world.blocks);
    /** On the logarithm of the cost. */
    const errors = (label: string, seconds: number) => {
      const q = baskets.find((basket) => basket.label === label)!.holding;
      const truth = basketCost(world.parts, world.decay, seconds, q);
      const errorOf = (parts: ReturnType<typeof partsOf>, decay: Float64Array) =>
        Math.abs(Math.log(basketCost(parts, decay, seconds, q) / truth));
      return {
        modes: errorOf(partsOf(fit.calibration), decays(fit.basis)),
        scalar: errorOf(partsOf(scalar), decays(basis)),
      };
    };
    expect(errors('market', 600).modes).toBeLessThan(0.1);
    expect(errors('market', 600).scalar).toBeGreaterThan(0.3);
    expect(errors('market', 3600).modes).toBeLessThan(0.25);
    expect(errors('market', 3600).scalar).toBeGreaterThan(0.33);
    expect(errors(HEDGED, 600).modes).toBeLessThan(0.3);
    expect(errors(HEDGED, 600).scalar).toBeGreaterThan(1.2);
    await settled();
  });

  it.each([1, 2, 3])(
    'on time constants that own flow did not choose, where the market alone has them (seed %i)',
    async (seed) => {
      const hidden = { tau: [3, 600], own: [1, 0], market: [0, 0.05] };
      const world = simulatedWorld({ ...slowMarket, ...hidden, seed });
      const { fit, scalar, basis } = await formed(world);
      const [{ holding }] = portfoliosOf(scalar.K, world.blocks);
      const cost = (parts: ReturnType<typeof partsOf>, decay: Float64Array) =>
        basketCost(parts, decay, 600, holding) / basketCost(world.parts, world.decay, 600, holding);
      expect(fit.choice.form).toBe('modes');
      expect(Math.abs(Math.log(cost(partsOf(fit.calibration), decays(fit.basis))))).toBeLessThan(0.2);
      expect(cost(partsOf(scalar), decays(basis))).toBeLessThan(0.6);
      await settled();
    },
  );

  it('it is scalar, and said, where something stands against modes', async () => {
    const { fit, scalar } = await formed(simulatedWorld(slowMarket), { besides: 'a bend' });
    expect(fit.choice).toMatchObject({ form: 'scalar', reason: 'withheld', besides: 'a bend' });
    expect(fit.calibration.K).toEqual(scalar.K);
    expect(isToBeSaid(fit.choice)).toBe(true);
    expect(formInWords(fit.choice)).toMatch(
      /^One decay for all links, although baskets decay otherwise \(the .* own flow bears 0\.\d+ to 0\.\d+.*\): modes do not go together with a bend\.$/,
    );
  });
});

describe('where there is little to go by', () => {
  it('it is scalar and says that it could not be told', async () => {
    for (const seed of [1, 2, 3]) {
      const { fit } = await formed(simulatedWorld({ ...slowMarket, days: 1, seconds: 900, seed, flow: { noise: 3 } }));
      expect(fit.choice).toMatchObject({ form: 'scalar', reason: 'tooLittle' });
      expect(formInWords(fit.choice)).toMatch(/^One decay for all links: too little (data|flow)/);
    }
  });

  it('one name makes no basket', async () => {
    const { fit } = await formed(simulatedWorld({ ...separable, names: 1, blocks: 1, seconds: 600 }));
    expect(fit.choice).toMatchObject({ form: 'scalar', reason: 'noPortfolio', costs: [] });
    expect(formInWords(fit.choice)).toMatch(/no basket of several names/);
  });
});
