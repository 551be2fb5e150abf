import { describe, expect, it } from 'vitest';
import { configSchema } from '../../src/config/schema.js';
import { daysLater } from '../../src/model/calendar.js';
import { missingDay, noTradingDays, type PresentDays } from '../../src/run/window/tradingDays.js';
import { temporaryFolder } from '../support/engine.js';

const root = temporaryFolder();

/** Days from a date on that fall on some days of the week, 0 Sunday. */
function presentOn(weekdays: readonly number[], first: string, days: number, calendar = {}): PresentDays {
  const dates = Array.from({ length: days }, (_, k) => daysLater(first, k)).filter((date) =>
    weekdays.includes(new Date(`${date}T00:00:00Z`).getUTCDay()),
  );
  return { config: configSchema.parse({ data: { root }, calendar }), dataset: 'quotes', dates };
}

describe('the days of the week on which a venue trades', () => {
  /** Sunday, 3 March, to Thursday, 4 April 2024. */
  const riyadh = presentOn([0, 1, 2, 3, 4], '2024-03-03', 33);

  it('are learnt from four weeks of data', () => {
    const kinds = ['2024-04-05', '2024-04-06', '2024-04-07', '2024-04-08'].map((date) => missingDay(riyadh, date).kind);
    expect(kinds).toEqual(['noTradingDay', 'noTradingDay', 'data', 'data']);
    expect(missingDay(riyadh, '2024-04-05').message).toMatch(/it is a Friday, and the data has none/);
  });

  it('are Monday to Friday in less', () => {
    const short = presentOn([1, 2, 3], '2024-03-04', 14);
    const kinds = ['2024-03-21', '2024-03-22', '2024-03-23', '2024-03-24'].map((date) => missingDay(short, date).kind);
    expect(kinds).toEqual(['data', 'data', 'noTradingDay', 'noTradingDay']);
  });

  it('are all of them round the clock, over midnight too', () => {
    for (const sessions of [
      [['00:00', '24:00']],
      [
        ['17:00', '00:00'],
        ['00:00', '17:00'],
      ],
    ]) {
      const present = presentOn([1, 2, 3, 4, 5], '2024-03-04', 40, { sessions });
      expect(missingDay(present, '2024-04-13').kind).toBe('data');
    }
  });
});

describe('a range without a trading day', () => {
  const present = presentOn([1, 2, 3, 4, 5], '2024-03-04', 12);

  it('is no trading day where every day of it is none', () => {
    expect(noTradingDays(present, '2024-03-09', '2024-03-10')?.kind).toBe('noTradingDay');
    expect(noTradingDays(present, '2024-03-09', '2024-03-11')).toBeUndefined();
    expect(noTradingDays(present, '2024-03-16', '2024-03-18')).toBeUndefined();
    expect(noTradingDays(present, '2024-03-10', '2024-03-09')).toBeUndefined();
  });

  it('is not looked through for ever', () => {
    expect(noTradingDays(present, '2024-03-16', '9999-12-31')).toBeUndefined();
  });
});
