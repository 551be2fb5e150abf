import { type Calendar, sessionSpans, utcNanoseconds } from '../model/calendar.js';
import { configError } from '../model/failure.js';
import { type HoursOfDate, type Scenario, scenarioDates, scenarioSymbols } from '../model/scenario.js';

/**
 * What the scenario says of single names, venues and hours must be of names, venues and hours that it has.
 * @throws config error naming the key and the value found.
 */
export function checkScenarioNames(scenario: Scenario): void {
  const { venues, impact, flow, halts = [], late_venues = [], events = [], overrides = {} } = scenario;
  const calendar = { timezone: scenario.timezone, sessions: scenario.sessions, overrides };
  const symbols = scenarioSymbols(scenario.names);
  const dates = scenarioDates(scenario);
  const name = (key: string, symbol: string) => mustBe(key, symbol, symbols, 'name a symbol of the scenario');
  if (impact.twins) {
    const [first, second] = impact.twins.symbols;
    impact.twins.symbols.forEach((symbol, k) => {
      name(`impact.twins.symbols.${k}`, symbol);
    });
    if (first === second) throw wrong('impact.twins.symbols', impact.twins.symbols, 'name two symbols');
  }
  for (const symbol of Object.keys(flow.thin ?? {})) name(`flow.thin.${symbol}`, symbol);
  for (const date of Object.keys(overrides)) mustBe(`overrides.${date}`, date, dates, 'name a trading day');
  halts.forEach((halt, k) => {
    name(`halts.${k}.symbol`, halt.symbol);
    checkHours(`halts.${k}`, halt, calendar, dates);
  });
  late_venues.forEach((late, k) => {
    mustBe(`late_venues.${k}.venue`, late.venue, venues, 'name a venue of the scenario');
    checkHours(`late_venues.${k}`, late, calendar, dates);
  });
  events.forEach((event, k) => {
    if (event.symbol !== '*') name(`events.${k}.symbol`, event.symbol);
    if (/[",\r\n]/.test(event.label))
      throw wrong(`events.${k}.label`, event.label, 'leave out quotes, commas and line breaks');
    checkHours(`events.${k}`, event, calendar, dates);
  });
}

function checkHours(key: string, { date, from, to }: HoursOfDate, calendar: Calendar, dates: readonly string[]): void {
  mustBe(`${key}.date`, date, dates, 'name a trading day');
  const [startNs, endNs] = [from, to].map((time) => utcNanoseconds(calendar.timezone, date, time));
  if (startNs >= endNs) throw wrong(`${key}.to`, to, `name a time after ${from}`);
  const isInside = sessionSpans(calendar, date).some((span) => startNs >= span.startNs && endNs <= span.endNs);
  if (!isInside) throw wrong(`${key}.from`, `${from} to ${to}`, `choose hours inside one session of ${date}`);
}

const MOST_SHOWN = 9;

function mustBe(key: string, value: string, known: readonly string[], hint: string): void {
  if (known.includes(value)) return;
  const shown = known.slice(0, MOST_SHOWN).join(', ');
  throw wrong(key, value, `${hint}: ${shown}${known.length > MOST_SHOWN ? ' …' : ''}`);
}

const wrong = (key: string, value: unknown, hint: string) =>
  configError(`scenario ${key}: ${JSON.stringify(value)} does not fit`, hint);
