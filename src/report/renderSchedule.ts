import type { ScheduleDocument } from '../model/scheduleDocument.js';
import type { Markup } from './html.js';
import { page, section } from './page.js';
import { SCHEDULE_STYLE } from './scheduleStyle.js';
import { basketNames } from './sections/schedule/basketNames.js';
import { firstAndLast } from './sections/schedule/children.js';
import { frontier } from './sections/schedule/frontier.js';
import { inventory } from './sections/schedule/inventory.js';
import { overTime } from './sections/schedule/overTime.js';
import { policies } from './sections/schedule/policies.js';
import { settings } from './sections/schedule/settings.js';
import { summary, titleOf } from './sections/schedule/summary.js';
import { whoHurtsWhom } from './sections/schedule/whoHurtsWhom.js';

/** A schedule as one self-contained page: no network, inline SVG, light and dark, prints to A4. */
export function renderSchedule(document: ScheduleDocument): string {
  const sections: Markup[] = [
    summary(document),
    section('What is traded when', overTime(document)),
    section('What is left over time', inventory(document)),
    section('Other ways to work it', policies(document)),
    section('Cost against risk', frontier(document)),
    ...(document.names.length > 1 ? [section('Who hurts whom', whoHurtsWhom(document))] : []),
    section('Names', basketNames(document)),
    section('First and last orders', firstAndLast(document)),
    section('Settings', settings(document)),
  ];
  return page(`${titleOf(document)} ${document.date} – schedule`, sections, SCHEDULE_STYLE);
}
