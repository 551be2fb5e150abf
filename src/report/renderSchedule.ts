import type { ScheduleDocument } from '../model/scheduleDocument.js';

/** A page of a schedule. */
export const renderSchedule = (document: ScheduleDocument): string => JSON.stringify(document);
