import { describe, expect, it } from 'vitest';
import type { HealthPoint } from '../../src/report/healthPage.js';
import { type HealthFacts, judgeHealth } from '../../src/run/versions/healthAlerts.js';

const DAYS = ['2024-03-04', '2024-03-05', '2024-03-06', '2024-03-07', '2024-03-08', '2024-03-11', '2024-03-12'];

const point = (date: string, more: Partial<HealthPoint> = {}): HealthPoint => ({
  date,
  version: `${date}-00000000`,
  names: 2,
  certificate: 'passed',
  gatesFailed: [],
  conditionNumber: 2,
  crossShare: 0.1,
  basketNorm: 0.1,
  coverage: 1,
  outOfSampleR2: 0.1,
  crossGain: 0,
  realisedOnPredicted: 1,
  turnover: 0.1,
  ...more,
});

const quiet: HealthFacts = {
  points: DAYS.map((day) => point(day)),
  days: DAYS,
  champion: { asof: '2024-03-08', certificate: 'passed' },
};

/** The rules that are broken. */
const broken = (facts: Partial<HealthFacts>, maxAgeDays = 2): string[] =>
  judgeHealth({ ...quiet, ...facts }, { maxAgeDays })
    .filter(({ verdict }) => verdict === 'alert')
    .map(({ rule }) => rule);

const last = (more: Partial<HealthPoint>) => ({ points: [...quiet.points.slice(0, -1), point(DAYS[6], more)] });

describe('rules of health', () => {
  it('are quiet where nothing is wrong, up to the age that is allowed', () => {
    expect(broken({})).toEqual([]);
    expect(broken({}, 1)).toEqual(['champion_age']);
  });

  it('break for a champion that is missing or has no certificate', () => {
    expect(broken({ champion: undefined })).toEqual(['champion_age', 'champion_certificate']);
    expect(broken({ champion: { asof: '2024-03-12', certificate: 'withheld' } })).toEqual(['champion_certificate']);
  });

  it('break where the nightly job did not run, or the data cannot be listed', () => {
    expect(broken({ days: [...DAYS, '2024-03-13'] }, 3)).toEqual(['calibration_age']);
    expect(broken({ days: { unreadable: 'the data folder /x does not exist' } })).toEqual([
      'champion_age',
      'calibration_age',
    ]);
  });

  it('break for failed gates, and for impact of another size than was realised', () => {
    expect(broken(last({ gatesFailed: ['oos_r2'] }))).toEqual(['gates']);
    expect(broken(last({ realisedOnPredicted: 0.4 }))).toEqual(['realised_on_predicted']);
    expect(broken(last({ realisedOnPredicted: 2.1 }))).toEqual(['realised_on_predicted']);
    expect(broken(last({ realisedOnPredicted: null }))).toEqual([]);
  });

  it('break for links that change by more than is usual, once it is known what is', () => {
    expect(broken(last({ turnover: 0.29 }))).toEqual([]);
    expect(broken(last({ turnover: 0.31 }))).toEqual(['turnover']);
    const few = [...quiet.points.slice(0, 4), point(DAYS[6], { turnover: 0.9 })];
    expect(
      judgeHealth({ ...quiet, points: few }, { maxAgeDays: 2 }).find(({ rule }) => rule === 'turnover'),
    ).toMatchObject({ verdict: 'not judged' });
    // Changes that are always small do not make a small one unusual.
    const still = quiet.points.map(({ date }) => point(date, { turnover: 0.01 }));
    expect(broken({ points: [...still.slice(0, -1), point(DAYS[6], { turnover: 0.19 })] })).toEqual([]);
  });
});
