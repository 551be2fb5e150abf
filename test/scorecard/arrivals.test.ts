import { describe, expect, it } from 'vitest';
import type { ParentRow } from '../../src/model/parentRow.js';
import { checkParents } from '../../src/stages/scorecard/checkOrders.js';
import { emptyLog, summariseIssues } from '../../src/stages/scorecard/issues.js';
import { scoreDay } from '../../src/stages/scorecard/shortfall.js';
import { dayOf, namesOf, parentRow, walkingMids } from './orders.js';

/** Orders of a market whose mids are about 100 all day. */

const DATE = '2024-01-02';
const names = namesOf(2);
const day = dayOf(2);
const [{ startNs: OPEN }] = day.grid.sessions;
const CLOSE = day.grid.sessions.at(-1)!.endNs;

function score(rows: readonly Partial<ParentRow>[], units: 'bps' | 'price' = 'bps') {
  const log = emptyLog();
  const parents = checkParents(
    rows.map((row, k) => parentRow({ id: `P${k}`, row: k, arrivalNs: OPEN + 10e9, deadlineNs: OPEN + 100e9, ...row })),
    ['N0', 'N1'],
    DATE,
    log,
  );
  const walk = walkingMids(2, 1000, 1);
  const mids = { ...walk, timeNs: walk.timeNs.map((times) => times.map((ns) => OPEN + ns)) };
  const costs = scoreDay({ names, venues: ['X'], parents, fills: [], mids, day, units }, log);
  const issues = summariseIssues([log]).filter(({ issue }) => issue !== 'parent_without_fills');
  return { ids: costs.map(({ id }) => id), issues };
}

describe('an arrival mid', () => {
  it.each([100, 0.01, 1.3, 0.75])('that is %d times the quoted one in most orders is refused', (factor) => {
    const rows = [{ arrivalMid: 100 * factor }, { arrivalMid: 100 * factor }, { arrivalMid: 100 }, {}];
    expect(() => score(rows)).toThrow(/arrival_mid is more than 20 % from the quoted mid .* 2 of 3 orders, as P0/);
  });

  it('of a few orders sets those aside, with the two mids', () => {
    const { ids, issues } = score([{ arrivalMid: 10_000 }, { arrivalMid: 101 }, { arrivalMid: 99 }]);
    expect(ids).toEqual(['P1', 'P2']);
    expect(issues).toMatchObject([{ issue: 'parent_far_arrival_mid', count: 1 }]);
    expect(issues[0].examples[0]).toMatchObject({
      row: 0,
      value: expect.stringMatching(/^P0: arrival_mid 10000 against (99|100)\./),
    });
  });

  it.each([85, 115])('of %d is a market that moved', (arrivalMid) => {
    expect(score([{ arrivalMid }, { arrivalMid }])).toEqual({ ids: ['P0', 'P1'], issues: [] });
  });

  it('in points must be many spreads away, too', () => {
    expect(() => score([{ arrivalMid: -100 }], 'price')).toThrow(/arrival_mid/);
    expect(score([{ arrivalMid: 100.2 }], 'price').issues).toEqual([]);
  });
});

describe('arrivals outside the sessions', () => {
  const late = { arrivalNs: CLOSE + 3600e9, deadlineNs: CLOSE + 3700e9 };

  it('are noted with their stamps where most orders arrive there', () => {
    const { ids, issues } = score([late, late, {}]);
    expect(ids).toHaveLength(3);
    expect(issues).toMatchObject([{ issue: 'parent_outside_sessions', count: 2 }]);
    expect(issues[0].examples[0].value).toMatch(
      /^P0: \d\d:\d\d:\d\d to \d\d:\d\d:\d\d; the sessions are \d\d:\d\d:\d\d to/,
    );
  });

  it('and before the open, unless the order lasts into it', () => {
    const early = { arrivalNs: OPEN - 18_000e9, deadlineNs: OPEN - 17_900e9, arrivalMid: 100 };
    expect(score([early, early]).issues).toMatchObject([{ issue: 'parent_outside_sessions', count: 2 }]);
    const waiting = { arrivalNs: OPEN - 60e9, arrivalMid: 100 };
    expect(score([waiting, waiting]).issues).toEqual([]);
  });

  it('of a few orders are their own business', () => {
    expect(score([late, {}, {}]).issues).toEqual([]);
  });
});
