/** What each gate of a promotion asks, and what to do where it fails or cannot be judged. */
export const GATE_WORDS = {
  certificate:
    'Every constraint is computed anew from the published numbers: symmetric, positive semidefinite, self impact above its floor, links within constrain.rho, a decay that is convex, no round trip that makes money. A failure lists the checks; a concave flow (flow.concavity below 1) withholds the certificate, because it can always be manipulated.',
  oos_r2:
    'The model, fitted on earlier folds, must predict later ones better than zero does: pooled out-of-sample R² above 0. Where it fails the matrix is worse than nothing: check clocks and signs of the flow, use a longer window. With a single fold nothing is out of sample: not enough data.',
  oos_cross_gain:
    'What links add to out-of-sample R² beyond the best model without links, judged on the lower end of its 95 % interval: links may lose no more than validate.gates.cross_gain_margin of what self impact explains. More data, or stronger shrinkage (fit.penalty.lambda), where it fails.',
  identification:
    'Whether a factor that nobody recorded, and that flow follows, could explain the links or much of self impact. Give factors (factors/, or defactor.factors: derived), or names whose links differ by more than one common mode. By default links that cannot be told apart start frozen; validate.gates.identification says what becomes of them. It fails too where two names trade in one proportion in every bucket, so that nothing tells what each of them costs: one instrument under two symbols (map them in symbols.csv), or a basket that is only traded as a whole. Names whose flow goes together so closely that nothing tells what each of them costs fail it too: one instrument under two symbols (map them, symbols.csv), or names that only trade as a basket (keep one).',
  decay_fit:
    'Reference orders must be priced within what own flow bears, whatever time constants were chosen. Where it fails fit.kernel.tau holds the wrong constants: use auto, or others. It fails too where prices answer own flow late, which no decay does: stamps of the flow are early or those of the quotes late (align.clock_offsets), or one of them stands for the start of a bucket. Not enough data: own flow moves no price, or no order of ten minutes fits into the session.',
  order_cost:
    'The decay must leave the cost of orders up to ten minutes open by no more than a quarter. It is never failed, only “not enough data”: use a longer window.',
  diagnostics:
    'No diagnostic may be red. A red one can be accepted by name with a reason (validate.gates.accept), which the manifest keeps. Not enough data: none of them could be judged; use a longer window.',
  constraint_moves:
    'A constraint may take noise away, not what was measured: no entry may be taken out of its own 95 % interval. The gate names the constraint, the entry and the interval; look at constrain.rho and constrain.floor.',
  condition_number:
    'Ratio of the largest to the smallest eigenvalue of normalised K, at most guardrails.condition_cap. Above it some basket is priced as almost free: stronger shrinkage, or constrain.condition_cap.',
  cross_share:
    'Share of the predicted cost of the window’s flow that comes from links, at most guardrails.cross_share_cap. Above it links outweigh what each name does to itself, which is rarely true. Not applicable without flow to cost.',
  basket_norm:
    'How much links may multiply the self cost of the dearest basket. With guardrails.basket_cap: auto the noise of links beyond their blocks is judged; a number is compared with the norm itself. Not enough data: no errors are known, so give a number.',
  levels:
    'Prices or quantities of a name cannot all be in the unit that the universe says: mids a factor of 8 apart from one day to the next, trades or fills more than a tenth outside of the mids of their day, trades or fills 30 times as large as the day before, own volume above that of the tape, own fills that beside the trades are 20 times what the other names have, a volume that its adv or the other names contradict, or of which own flow is less than a millionth. Pence and pounds, lots and shares, quotes adjusted for a split show in no fit: K is off by the factor. Or moves that were far out and taken back within half a minute make more than 5 % of the squared moves of a name: quotes that were wrong, or a price that no order could have had. The gate appears only where something was found. Mend the unit (price_scale, multiplier in universe.csv), take wrong quotes out or mask them (events.csv), or accept what is right, as a split, by validate.gates.accept.levels with its reason.',
  own_impact:
    'Own flow of a name moves its price by another amount, or the other way, on one day or at one venue than elsewhere, by more than a market does: beyond 3 times for a day (what all names have in common aside) and 4 times for a venue, and far beyond the errors and the spread of such ratios in the window. Sides that a feed has the wrong way round, lots for shares, flow under the symbol or in the hour of another: the fit is a mixture then, and neither scores nor errors show it in one name of many. Days are compared from four on; venues on the days that are replayed. The gate appears only where something was found. Mend the feed, or accept what is right, as a venue of another kind, by validate.gates.accept.own_impact with its reason.',
  factor_days:
    'A factor does not move at all on a day, or the moves of the names follow it otherwise than on other days, beyond 3 times or the other way: its file has stopped, has the sign the wrong way round, another unit, or another factor under its name. What it does not take out of the moves there passes for impact and for links. The gate appears only where something was found. Mend the factors, or accept what is right, as a holiday of the market of a factor, by validate.gates.accept.factor_days with its reason.',
  q95_improvement:
    'Orders in the treatment arm must have a 95 % quantile of shortfall below that of the control by validate.gates.q95_improvement, at the lower confidence bound. Not applicable where parent orders are in no arms.',
  completion:
    'The share that the treatment arm fills by the deadline may fall by validate.gates.completion_margin at most, at the lower confidence bound. Not applicable without arms.',
  residual_drift:
    'What the model leaves of the cost of orders must be the same in every regime: the largest z-score of a regime against the others is at most validate.gates.drift_z. Not applicable without arms.',
  sample_ratio:
    'Arms must have as many orders as they should by validate.arms.split. A ratio that is less likely than one in a thousand says that the assignment is broken, and no comparison of the arms can be trusted.',
} as const;
