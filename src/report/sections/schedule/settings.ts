import type { ScheduleDocument } from '../../../model/scheduleDocument.js';
import { unitWords } from '../../../model/units.js';
import { html, type Markup } from '../../html.js';
import { gapWords, urgencyWords } from './optimum.js';
import { named, rowTime, share, spell } from './words.js';

type Setting = readonly [string, Markup | string];

/** What was asked, and by which version it was answered. */
export function settings(document: ScheduleDocument): Markup {
  const all = [...asked(document), ...answered(document)];
  return html`<dl class="facts">${all.map(([what, value]) => html`<dt>${what}</dt><dd>${value}</dd>`)}</dl>`;
}

function asked({ settings: given, units }: ScheduleDocument): Setting[] {
  const { move } = unitWords(units);
  const { close, unfinishedPenaltyBps: penalty, balances } = given;
  const factors = Object.entries(balances).map(([kind, daily]) => `${kind} ${daily} ${move} a day`);
  return [
    ['Side', given.side === 'same' ? 'no name is traded back' : 'names may be traded back on the way'],
    ['Cap', given.cap === 'none' ? 'none' : `${share(given.cap)} of each bucket’s volume`],
    [
      'Change of pace',
      given.maxStep === null ? 'free' : `at most ${share(given.maxStep)} of volume from one bucket to the next`,
    ],
    ['Risk', urgencyWords(given)],
    [
      'Temporary',
      given.temporaryBps === 0 ? 'none beside the model' : `${given.temporaryBps} ${move} at a participation of 100 %`,
    ],
    [
      'Auction',
      close === null
        ? 'not used'
        : `${share(close.share)} of the day’s volume, of which at most ${share(close.cap)} is taken`,
    ],
    ['Unfinished', penalty === null ? 'everything is traded' : `a rest may stay, ${penalty} ${move} dearer afterwards`],
    ['Balance', factors.length === 0 ? 'not asked for' : factors.join(', ')],
  ];
}

function answered(document: ScheduleDocument): Setting[] {
  const { version, policy, bucketSeconds, modelBuckets, rows, date, timezone } = document;
  return [
    ['Buckets', `${rows.length}, of ${spell(bucketSeconds)}; ${modelBuckets} of the model’s in a row`],
    ['Day', `${date}, ${timezone}; from ${rowTime(document, 0)} on`],
    ['Policy', html`${policy.name}: ${policy.reason}`],
    ['Optimum', gapWords(document)],
    ['Status', policy.status],
    ['Version', named(version.folder)],
    ['As of', version.asof],
    ['Artifact', html`<code>${version.id}</code>`],
    ['Cross-impact', version.crossImpact],
  ];
}
