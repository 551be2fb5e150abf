import { median } from '../../numerics/statistics.js';
import type { HealthPoint } from '../../report/healthPage.js';

/** What a rule about a store's calibrations found. */
export interface HealthRule {
  readonly rule: string;
  readonly verdict: 'ok' | 'alert' | 'not judged';
  /** What was found, and what is allowed. */
  readonly found: string;
  readonly allowed: string;
  /** What to do about it. */
  readonly remedy: string;
}

export interface HealthLimits {
  /** Days of the data that may follow the champion's. */
  readonly maxAgeDays: number;
}

/** What rules look at; days are those of the data, never the clock's. */
export interface HealthFacts {
  readonly points: readonly HealthPoint[];
  /** Ascending; the failure where the data cannot be listed. */
  readonly days: readonly string[] | { readonly unreadable: string };
  readonly champion: { readonly asof: string; readonly certificate: string } | undefined;
}

export function judgeHealth(facts: HealthFacts, limits: HealthLimits): HealthRule[] {
  return [
    championAge(facts, limits),
    championCertificate(facts),
    calibrationAge(facts),
    failedGates(facts),
    turnover(facts),
    calibrationSlope(facts),
  ];
}

const daysAfter = (days: readonly string[], date: string): number => days.filter((day) => day > date).length;

const NO_CHAMPION = 'there is no champion';
const PROMOTE = 'promote one: xim promote REF';

function championAge({ champion, days }: HealthFacts, { maxAgeDays }: HealthLimits): HealthRule {
  const rule = 'champion_age';
  const allowed = `at most ${maxAgeDays} days of the data after it`;
  if (!champion) return { rule, verdict: 'alert', found: NO_CHAMPION, allowed, remedy: PROMOTE };
  if (!isListed(days)) return { rule, verdict: 'alert', found: days.unreadable, allowed, remedy: 'see data.root' };
  const age = daysAfter(days, champion.asof);
  return {
    rule,
    verdict: age > maxAgeDays ? 'alert' : 'ok',
    found: `${champion.asof}, ${age} days of the data after it`,
    allowed,
    remedy: 'see why later versions were not promoted: xim list',
  };
}

const isListed = (days: HealthFacts['days']): days is readonly string[] => Array.isArray(days);

function championCertificate({ champion }: HealthFacts): HealthRule {
  return {
    rule: 'champion_certificate',
    verdict: champion?.certificate === 'passed' ? 'ok' : 'alert',
    found: champion?.certificate ?? NO_CHAMPION,
    allowed: 'passed',
    remedy: champion ? 'go back: xim rollback' : PROMOTE,
  };
}

/** The nightly job did not run, or did not end, where the newest day of the data has no version. */
function calibrationAge({ points, days }: HealthFacts): HealthRule {
  const rule = 'calibration_age';
  const allowed = 'a version for the newest day of the data';
  const remedy = 'run it: xim run --date latest';
  if (!isListed(days)) return { rule, verdict: 'alert', found: days.unreadable, allowed, remedy: 'see data.root' };
  const newest = points[points.length - 1].date;
  const age = daysAfter(days, newest);
  return {
    rule,
    verdict: age > 0 ? 'alert' : 'ok',
    found: `the newest version is of ${newest}, ${age} days of the data after it`,
    allowed,
    remedy,
  };
}

function failedGates({ points }: HealthFacts): HealthRule {
  const { gatesFailed, date } = points[points.length - 1];
  return {
    rule: 'gates',
    verdict: gatesFailed.length > 0 ? 'alert' : 'ok',
    found: gatesFailed.length > 0 ? `${date} failed ${gatesFailed.join(', ')}` : `${date} passed all`,
    allowed: 'none failed',
    remedy: `see its report: xim open ${date}`,
  };
}

/** A change is large against those that are usual, and large in itself. */
const UNUSUAL = 3;
const NOTABLE_TURNOVER = 0.2;
const FEWEST_CHANGES = 5;

function turnover({ points }: HealthFacts): HealthRule {
  const changes = points.flatMap(({ turnover: change }) => change ?? []);
  const { turnover: last, date } = points[points.length - 1];
  const rule = 'turnover';
  const remedy = `see what moved: xim diff REF ${date}`;
  if (last === null || changes.length <= FEWEST_CHANGES)
    return {
      rule,
      verdict: 'not judged',
      found: `${changes.length} changes of links from version to version`,
      allowed: `more than ${FEWEST_CHANGES} to know what is usual`,
      remedy,
    };
  const bound = Math.max(NOTABLE_TURNOVER, UNUSUAL * median(changes.slice(0, -1)));
  return {
    rule,
    verdict: last > bound ? 'alert' : 'ok',
    found: `links of ${date} changed by ${percent(last)}`,
    allowed: `${percent(bound)}: ${UNUSUAL} times the usual change, at least ${percent(NOTABLE_TURNOVER)}`,
    remedy,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Realised on predicted moves: beyond these, impact is not of the size that it is sold for. */
const SLOPES = { low: 0.5, high: 2 } as const;

function calibrationSlope({ points }: HealthFacts): HealthRule {
  const { realisedOnPredicted: slope, date } = points[points.length - 1];
  const rule = 'realised_on_predicted';
  const allowed = `${SLOPES.low} to ${SLOPES.high}`;
  const remedy = `see its report: xim open ${date}`;
  if (slope === null)
    return { rule, verdict: 'not judged', found: `${date} was not replayed out of sample`, allowed, remedy };
  const isOff = slope < SLOPES.low || slope > SLOPES.high;
  return { rule, verdict: isOff ? 'alert' : 'ok', found: `${slope.toFixed(3)} on ${date}`, allowed, remedy };
}
