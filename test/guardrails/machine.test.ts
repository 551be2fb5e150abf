import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GUARDRAILS, type Guardrail, LEVELS, type Level } from '../../src/model/guardrails.js';
import { caution, DEMANDS } from '../../src/stages/guardrails/levels.js';
import { type GuardrailState, initialState, nextState } from '../../src/stages/guardrails/machine.js';
import type { Observation } from '../../src/stages/guardrails/readings.js';
import { checkThresholds, type Thresholds, thresholdsOf } from '../../src/stages/guardrails/thresholds.js';

const RECOVERY = 3;
const thresholds: Thresholds = {
  conditionCap: 1000,
  crossShareCap: 0.6,
  basketCap: 3,
  capRelease: 0.9,
  residualZ: 4,
  residualRelease: 0.5,
  dataLagMs: 5000,
  recoveryBuckets: RECOVERY,
  windowBuckets: 300,
  canary: [],
  linksAreFrozen: false,
};

const calm: Required<Observation> = {
  conditionNumber: 10,
  crossShare: 0.2,
  basketNorm: 1,
  residualZ: 0.5,
  dataLagMs: 100,
  venueOutage: false,
  linksAreFrozen: false,
  isCanary: true,
  multiplier: 1,
};

/** Just beyond each threshold, inside its band of hysteresis, and where that band ends. */
const cases: Readonly<Record<Guardrail, { trips: Observation; between?: Observation; calms: Observation }>> = {
  conditionNumber: {
    trips: { conditionNumber: 1000.1 },
    between: { conditionNumber: 1000 },
    calms: { conditionNumber: 900 },
  },
  crossShare: { trips: { crossShare: 0.61 }, between: { crossShare: 0.6 }, calms: { crossShare: 0.54 } },
  basketNorm: { trips: { basketNorm: 3.1 }, between: { basketNorm: 3 }, calms: { basketNorm: 2.7 } },
  regimeBreak: { trips: { residualZ: -4.1 }, between: { residualZ: -4 }, calms: { residualZ: -2 } },
  dataLag: { trips: { dataLagMs: 5001 }, between: { dataLagMs: 5000 }, calms: { dataLagMs: 4500 } },
  venueOutage: { trips: { venueOutage: true }, calms: { venueOutage: false } },
  canary: { trips: { isCanary: false }, calms: { isCanary: true } },
  frozenLinks: { trips: { linksAreFrozen: true }, calms: { linksAreFrozen: false } },
};

/** What the playbook and MODEL §6 ask for: rows are where the machine stands, columns what trips. */
const TABLE: Readonly<Record<Level, Readonly<Record<Guardrail, Level>>>> = {
  full: {
    conditionNumber: 'blockDiagonal',
    crossShare: 'blockDiagonal',
    basketNorm: 'blockDiagonal',
    regimeBreak: 'crossFrozen',
    dataLag: 'diagonal',
    venueOutage: 'diagonal',
    canary: 'diagonal',
    frozenLinks: 'crossFrozen',
  },
  crossFrozen: {
    conditionNumber: 'blockDiagonal',
    crossShare: 'blockDiagonal',
    basketNorm: 'blockDiagonal',
    regimeBreak: 'crossFrozen',
    dataLag: 'diagonal',
    venueOutage: 'diagonal',
    canary: 'diagonal',
    frozenLinks: 'crossFrozen',
  },
  blockDiagonal: {
    conditionNumber: 'blockDiagonal',
    crossShare: 'blockDiagonal',
    basketNorm: 'blockDiagonal',
    regimeBreak: 'blockDiagonal',
    dataLag: 'diagonal',
    venueOutage: 'diagonal',
    canary: 'diagonal',
    frozenLinks: 'blockDiagonal',
  },
  diagonal: {
    conditionNumber: 'diagonal',
    crossShare: 'diagonal',
    basketNorm: 'diagonal',
    regimeBreak: 'diagonal',
    dataLag: 'diagonal',
    venueOutage: 'diagonal',
    canary: 'diagonal',
    frozenLinks: 'diagonal',
  },
};

/** In the middle of the way back, so that a step down the ladder of caution can only come from the trigger. */
const at = (level: Level): GuardrailState => ({ level, active: {}, wait: RECOVERY - 1, heldMultiplier: 0.8 });
const run = (state: GuardrailState, ...observations: Observation[]) =>
  observations.reduce<GuardrailState>((now, observation) => nextState(now, observation, thresholds).state, state);
const repeat = (times: number, observation: Observation) => Array.from({ length: times }, () => observation);
const later = (a: Level, b: Level) => (caution(a) > caution(b) ? a : b);

describe('every transition', () => {
  const rows = LEVELS.flatMap((level) => GUARDRAILS.map((guardrail) => ({ level, guardrail })));

  it.each(rows)('$level, $guardrail trips', ({ level, guardrail }) => {
    const { state, reasons } = nextState(at(level), { ...calm, ...cases[guardrail].trips }, thresholds);
    expect(state.level).toBe(TABLE[level][guardrail]);
    expect(state.active).toEqual({ [guardrail]: 0 });
    expect(reasons.map(({ cause }) => cause)).toContain(guardrail);
    expect(reasons.some(({ cause }) => cause === 'recovery')).toBe(
      caution(DEMANDS[guardrail]) < caution(TABLE[level][guardrail]),
    );
  });

  const pairs = rows.flatMap((row) =>
    GUARDRAILS.filter((other) => other > row.guardrail).map((other) => ({ ...row, other })),
  );
  it.each(pairs)('$level, $guardrail and $other trip together', ({ level, guardrail, other }) => {
    const observation = { ...calm, ...cases[guardrail].trips, ...cases[other].trips };
    const { state, reasons } = nextState(at(level), observation, thresholds);
    expect(state.level).toBe(later(TABLE[level][guardrail], TABLE[level][other]));
    expect(reasons.map(({ cause }) => cause)).toEqual(expect.arrayContaining([guardrail, other]));
  });

  it.each(rows)('$level, $guardrail is on its threshold or unknown: nothing trips', ({ level, guardrail }) => {
    const { between } = cases[guardrail];
    if (between) expect(nextState(at(level), { ...calm, ...between }, thresholds).state.active).toEqual({});
    expect(nextState(at(level), {}, thresholds).state.active).toEqual({});
  });

  it.each(LEVELS.map((level) => ({ level })))('$level goes back one level at a time', ({ level }) => {
    const path = [level];
    let state: GuardrailState = { ...at(level), wait: 0 };
    for (let t = 0; t < 3 * RECOVERY; t++) {
      state = nextState(state, calm, thresholds).state;
      path.push(state.level);
    }
    const changes = path.flatMap((now, t) => (t > 0 && now !== path[t - 1] ? [{ t, now }] : []));
    expect(changes.map(({ now }) => now)).toEqual([...LEVELS].slice(0, caution(level)).reverse());
    changes.forEach(({ t }, k) => {
      expect(t).toBe(1 + k * RECOVERY);
    });
  });
});

describe('hysteresis', () => {
  it.each(GUARDRAILS)('%s is released after calm buckets in a row, and not by values between', (guardrail) => {
    const { trips, between, calms } = cases[guardrail];
    const quiet = { ...calm, ...calms };
    const tripped = run(initialState(thresholds), { ...calm, ...trips });
    expect(run(tripped, ...repeat(RECOVERY - 1, quiet)).level).toBe(DEMANDS[guardrail]);
    const released = run(tripped, ...repeat(RECOVERY, quiet));
    expect(caution(released.level)).toBe(caution(DEMANDS[guardrail]) - 1);
    expect(released.active).toEqual({});
    if (!between) return;
    const wavering = { ...calm, ...between };
    expect(run(tripped, ...repeat(50, wavering)).level).toBe(DEMANDS[guardrail]);
    const interrupted = run(tripped, ...repeat(RECOVERY - 1, quiet), wavering, ...repeat(RECOVERY - 1, quiet));
    expect(interrupted.level).toBe(DEMANDS[guardrail]);
  });

  it.each(GUARDRAILS)('%s that is not known any more stays as it was', (guardrail) => {
    const tripped = run(initialState(thresholds), { ...calm, ...cases[guardrail].trips });
    expect(run(tripped, ...repeat(50, {})).level).toBe(DEMANDS[guardrail]);
  });

  it('stops on the way back where another guardrail still holds it', () => {
    const broken = { ...calm, ...cases.regimeBreak.trips };
    const both = run(initialState(thresholds), { ...broken, venueOutage: true });
    expect(both.level).toBe('diagonal');
    expect(run(both, ...repeat(50, broken)).level).toBe('crossFrozen');
  });
});

describe('frozen links', () => {
  it('keep the multiplier at which full was left, and never exceed that of self impact', () => {
    const before = run(initialState(thresholds), { ...calm, multiplier: 1.2 });
    const freeze = nextState(before, { ...calm, residualZ: 9, multiplier: 1.7 }, thresholds);
    expect(freeze.action).toEqual({
      prices: 'full',
      selfMultiplier: 1.7,
      linkMultiplier: 1.2,
      refreshesLinks: false,
    });
    const calmer = nextState(freeze.state, { ...calm, residualZ: 9, multiplier: 0.6 }, thresholds);
    expect(calmer.action).toMatchObject({ selfMultiplier: 0.6, linkMultiplier: 0.6 });
    const out = nextState(calmer.state, { ...calm, residualZ: 9, venueOutage: true, multiplier: 2 }, thresholds);
    expect(out.action).toMatchObject({ prices: 'diagonal', selfMultiplier: 2, linkMultiplier: 1.2 });
    const back = run(out.state, ...repeat(3 * RECOVERY, { ...calm, multiplier: 1.5 }));
    expect(back).toMatchObject({ level: 'full', heldMultiplier: 1.5 });
  });

  it('refuse a multiplier that is not positive', () => {
    expect(() => nextState(initialState(thresholds), { multiplier: 0 }, thresholds)).toThrow(/multiplier .* is 0/);
    expect(nextState(initialState(thresholds), { multiplier: Number.NaN }, thresholds).action.selfMultiplier).toBe(1);
  });
});

describe('multipliers whose growth is bounded', () => {
  const bounded = { ...thresholds, multiplierGrowth: 1.1 };
  const walkWith = (multipliers: readonly number[], observation: Observation = calm) => {
    let state = initialState(bounded);
    return multipliers.map((multiplier) => {
      const step = nextState(state, { ...observation, multiplier }, bounded);
      // What a system that restarts has stored.
      state = JSON.parse(JSON.stringify(step.state)) as GuardrailState;
      return step.action;
    });
  };

  it('start anywhere, fall at once and rise step by step', () => {
    const used = walkWith([2, 0.5, 2, 2, 0.52]).map(({ selfMultiplier }) => selfMultiplier);
    [2, 0.5, 0.55, 0.605, 0.52].forEach((expected, t) => {
      expect(used[t]).toBeCloseTo(expected, 12);
    });
  });

  it('never grow faster than that, of links neither, whatever trips and is released', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.double({ min: 0.3, max: 3, noNaN: true }), fc.boolean())), (history) => {
        let state = initialState(bounded);
        let before: { self: number; link: number } | undefined;
        for (const [multiplier, breaks] of history) {
          const step = nextState(state, { ...calm, multiplier, residualZ: breaks ? 9 : 0 }, bounded);
          const { selfMultiplier: self, linkMultiplier: link } = step.action;
          expect(self).toBeLessThanOrEqual(multiplier);
          expect(link).toBeLessThanOrEqual(self);
          if (before) {
            expect(self).toBeLessThanOrEqual(before.self * 1.1);
            expect(link).toBeLessThanOrEqual(before.link * 1.1);
          }
          [state, before] = [step.state, { self, link }];
        }
      }),
    );
  });

  it('are as before where no bound is given, in what is stored too', () => {
    const { state, action } = nextState(initialState(thresholds), { ...calm, multiplier: 0.1 }, thresholds);
    expect(Object.keys(state)).toEqual(['level', 'active', 'wait', 'heldMultiplier']);
    expect(nextState(state, { ...calm, multiplier: 3 }, thresholds).action.selfMultiplier).toBe(3);
    expect(action.selfMultiplier).toBe(0.1);
    expect(() => checkThresholds({ ...thresholds, multiplierGrowth: 0.9 })).toThrow(/multiplierGrowth is 0.9/);
  });
});

describe('properties over any history', () => {
  const value = (top: number) => fc.oneof(fc.double({ min: 0, max: top, noNaN: true }), fc.constant(Number.NaN));
  const observations = fc.array(
    fc.record({
      conditionNumber: fc.oneof(value(1500), fc.constant(Number.POSITIVE_INFINITY)),
      crossShare: value(1),
      basketNorm: value(4),
      residualZ: fc.oneof(fc.double({ min: -6, max: 6, noNaN: true }), fc.constant(Number.NaN)),
      dataLagMs: value(7000),
      venueOutage: fc.boolean(),
      isCanary: fc.boolean(),
      multiplier: fc.double({ min: 0.5, max: 2, noNaN: true }),
    }),
    { maxLength: 60 },
  );
  /** One guardrail at a time leaves room for recoveries. */
  const sparse = fc.array(
    fc.tuple(fc.constantFrom(...GUARDRAILS), fc.integer({ min: 0, max: 9 })).map(([guardrail, dice]) => {
      const { trips, between, calms } = cases[guardrail];
      return { ...calm, ...(dice === 0 ? trips : dice < 4 && between ? between : calms) };
    }),
    { maxLength: 200 },
  );
  const walk = (history: readonly Observation[]) => {
    let state = initialState(thresholds);
    return history.map((observation) => {
      const before = state;
      const step = nextState(state, observation, thresholds);
      state = step.state;
      return { ...step, before, observation };
    });
  };

  it('is never less cautious than any guardrail that trips or is active', () => {
    fc.assert(
      fc.property(fc.oneof(observations, sparse), (history) => {
        for (const { state, observation, reasons } of walk(history)) {
          for (const { demands } of reasons) expect(caution(state.level)).toBeGreaterThanOrEqual(caution(demands));
          const { conditionNumber = 0, crossShare = 0, basketNorm = 0, residualZ = 0, dataLagMs = 0 } = observation;
          const least = (holds: boolean, level: Level) =>
            holds && expect(caution(state.level)).toBeGreaterThanOrEqual(caution(level));
          least(conditionNumber > 1000 || crossShare > 0.6 || basketNorm > 3, 'blockDiagonal');
          least(Math.abs(residualZ) > 4, 'crossFrozen');
          least(dataLagMs > 5000 || observation.venueOutage === true || observation.isCanary === false, 'diagonal');
        }
      }),
    );
  });

  it('depends on nothing but its arguments, and its state survives JSON', () => {
    fc.assert(
      fc.property(observations, (history) => {
        let stored = initialState(thresholds);
        for (const step of walk(history)) {
          stored = nextState(JSON.parse(JSON.stringify(stored)), step.observation, thresholds).state;
          expect(stored).toEqual(step.state);
        }
      }),
    );
  });

  it('goes back one level at most in a bucket, and waits between steps back and after every step forward', () => {
    fc.assert(
      fc.property(fc.oneof(observations, sparse), (history) => {
        let lastChange = Number.NEGATIVE_INFINITY;
        walk(history).forEach(({ before, state }, t) => {
          const change = caution(state.level) - caution(before.level);
          if (change < 0) {
            expect(change).toBe(-1);
            expect(t - lastChange).toBeGreaterThanOrEqual(RECOVERY);
          }
          if (change !== 0) lastChange = t;
        });
      }),
    );
  });

  it('prices links at no more than self impact, and says why wherever it is not full', () => {
    fc.assert(
      fc.property(fc.oneof(observations, sparse), (history) => {
        for (const { state, action, reasons } of walk(history)) {
          expect(action.linkMultiplier).toBeLessThanOrEqual(action.selfMultiplier);
          expect(reasons.length > 0).toBe(state.level !== 'full');
          for (const { sentence } of reasons) expect(sentence).not.toMatch(/NaN|undefined/);
        }
      }),
    );
  });
});

describe('thresholds', () => {
  const settings = {
    condition_cap: 1000,
    cross_share_cap: 0.6,
    basket_cap: 3,
    cap_release: 0.9,
    residual_z: 4,
    residual_release: 0.5,
    residual_window: '5m',
    data_lag: '5s',
    recovery: '1m',
    canary: ['A'],
  };

  const version = { basketCap: 7, links: 'live' } as const;

  it('count durations in buckets, and keep a window that has an error to speak of', () => {
    expect(thresholdsOf(settings, 250, version)).toMatchObject({
      windowBuckets: 1200,
      recoveryBuckets: 240,
      dataLagMs: 5000,
    });
    expect(thresholdsOf(settings, 60_000, version)).toMatchObject({ windowBuckets: 30, recoveryBuckets: 1 });
  });

  it('take the cap of the matrix at hand for auto, and a number as it is', () => {
    expect(thresholdsOf(settings, 250, version).basketCap).toBe(3);
    expect(thresholdsOf({ ...settings, basket_cap: 'auto' }, 250, version).basketCap).toBe(7);
    expect(thresholdsOf(settings, 250, { ...version, links: 'frozen' }).linksAreFrozen).toBe(true);
  });

  it.each([
    ['residualZ', Number.NaN],
    ['capRelease', 1.5],
    ['recoveryBuckets', 0],
  ])('refuse %s = %d', (name, value) => {
    const broken = { ...thresholds, [name]: value };
    expect(() => initialState(broken)).toThrow(new RegExp(`${name} is ${value}`));
    expect(() => checkThresholds(broken)).toThrow(RangeError);
  });

  it('starts with frozen links where the artifact says so, and keeps them until a desk says otherwise', () => {
    const frozen = { ...thresholds, linksAreFrozen: true };
    const start = initialState(frozen);
    expect(start.level).toBe('crossFrozen');
    let state = start;
    for (let t = 0; t < 20 * frozen.recoveryBuckets; t++) {
      const { action, reasons, state: next } = nextState(state, { multiplier: 1.5 }, frozen);
      expect(action).toMatchObject({ prices: 'full', selfMultiplier: 1.5, linkMultiplier: 1 });
      expect(reasons.map(({ cause }) => cause)).toEqual(['frozenLinks']);
      state = next;
    }
    for (let t = 0; t < 2 * frozen.recoveryBuckets + 1; t++)
      state = nextState(state, { linksAreFrozen: false }, frozen).state;
    expect(state.level).toBe('full');
  });
});
