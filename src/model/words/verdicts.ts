import type { Certificate } from '../certificate.js';
import type { DiagnosisVerdict } from '../diagnosis.js';
import type { Verdict as GateVerdict } from '../gate.js';
import type { ReplayVerdict } from '../scheduleReplay.js';
import type { CrossImpact, LinkState } from '../verdict.js';

/** Of the links of a version. */
const CROSS_IMPACT_WORDS: Readonly<Record<CrossImpact, string>> = {
  evident:
    'Links raise out-of-sample R² beyond the best model without links, the 95 % interval over test folds lies above zero, and no unrecorded factor explains them.',
  'not evident':
    'The gain of links is within its interval of zero. That is a result: links are shrunk away, and self impact is priced.',
  'not distinguishable from an unrecorded factor':
    'Links gain, but flow that follows something which all names share would look the same. They start frozen by default. Give factors, or links that differ by more than one common mode.',
  'worse than nothing':
    'Out-of-sample R² of the whole model is not above zero: predicting no move at all does as well.',
};

const GATE_VERDICT_WORDS: Readonly<Record<GateVerdict, string>> = {
  passed: 'Of a gate: the evidence holds. Of a certificate: every check holds.',
  failed:
    'Of a gate: the evidence is against it, and the version is not promoted. Of a certificate: a check does not hold.',
  'not enough data':
    'The gate could not be judged, and stops a promotion as a failure does; its reason says what is missing. A longer window is the usual remedy.',
  'not applicable': 'There is nothing for the gate to judge, by the configuration or the data. It stops nothing.',
};

const DIAGNOSIS_VERDICT_WORDS: Readonly<Record<Exclude<DiagnosisVerdict, GateVerdict>, string>> = {
  green: 'The test of the diagnostic is not significant.',
  amber: 'The test is significant, and reference orders are mispriced by less than a tenth.',
  red: 'The test is significant, and reference orders may be mispriced by a tenth or more: it stops a promotion unless it is accepted by name with a reason (validate.gates.accept).',
};

const CERTIFICATE_WORDS: Readonly<Record<Exclude<Certificate['status'], GateVerdict>, string>> = {
  withheld:
    'Every check of the certificate passes, but flow is concave before its decay (flow.concavity below 1), which always admits manipulation: no certificate is given.',
};

const REPLAY_WORDS: Readonly<Record<ReplayVerdict, string>> = {
  established:
    'Worked anew by a model that had not seen their days, the baskets would have been cheaper: the lower bound of the saving is above zero under every price model that is asked, and against the optimum without links the realised shortfall follows the predicted cross cost.',
  'not established':
    'The replay of schedules does not show a saving beyond its error, or not under every price model. It is an honest result, not a failed gate; the report says what is missing, and how many baskets would tell.',
};

const LINK_WORDS: Readonly<Record<LinkState, string>> = {
  live: 'Links are priced, and follow the regime.',
  frozen: 'Links are priced, but held at the multiplier of the calibration; a live system lets none of them grow.',
};

/** By what they are verdicts of, as `xim explain` names it. */
export const VERDICT_WORDS = {
  'verdict of gates': GATE_VERDICT_WORDS,
  'verdict of diagnostics': DIAGNOSIS_VERDICT_WORDS,
  certificate: CERTIFICATE_WORDS,
  'verdict of links': CROSS_IMPACT_WORDS,
  'verdict of a replay': REPLAY_WORDS,
  links: LINK_WORDS,
} as const;
