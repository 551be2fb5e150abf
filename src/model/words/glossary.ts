/** Words of the field as this program uses them. */
export const GLOSSARY = {
  move: 'Change of the mid over a bucket, bps, or price points under align.units: price; ret_bps in files either way.',
  flow: 'Signed money traded in one name in one bucket, millions; buys are positive. Filtered flow has passed the increments of the decay.',
  'price point':
    'One in the quoted price, after price_scale: the unit of moves, spreads, markouts, K and costs under align.units: price, for names whose price may be zero or below. Columns keep their names (ret_bps); units in the manifest says what they hold.',
  'point value':
    'What a move of one price point earns: quantity × multiplier × fx. Flow, volume, depth, orders and adv are in millions of it under align.units: price, so that a move times a flow is money as it is in bps.',
  K: 'The impact matrix, bps (or price points, align.units) per million: row i is the response of name i to a million bought of each name.',
  'self impact': 'A diagonal entry of K: what trading a name does to its own price.',
  link: 'An off-diagonal entry of K: what trading one name does to the price of another.',
  base: 'One time constant of the decay; a kernel is a choice of bases with weights.',
  kernel: 'How impact decays after a trade: weights on bases, from temporary to permanent.',
  'concave impact':
    'Impact of decayed volume that grows with a power below 1 of it (fit.kernel.concave): linear in small trades, certified because it is the slope of convex potentials.',
  multiplier:
    'What impact is multiplied by in a regime. One that grows faster than decay takes from the level of a trade pays for buying before and selling after.',
  form: 'Whether all links decay alike (scalar), market and blocks at speeds of their own (modes) or every link (matrix). fit.kernel.form: auto takes modes where an order worked in the market or a block costs what one decay cannot say: more than a tenth outside what the basket’s own flow bears (99 % for all baskets together), and modes come close. R² of one bucket has no part in it. The version says which, and why.',
  part: 'The matrix of one base, where the kernel is not scalar; parts sum to K.',
  normalised: 'Divided by √(K_ii K_jj), so that it is free of currency and liquidity.',
  block: 'A group of names that the universe gives, such as a sector.',
  cluster: 'A group of names that was found in the residual moves.',
  target: 'What links are drawn to by shrinkage: the mean of their blocks, of clusters, or zero.',
  shrinkage: 'Drawing estimates that are noise towards what their group says, as far as their errors ask for.',
  tail: 'Links too weak or unstable to keep values of their own.',
  floor: 'Least self impact: a share of what volatility and volume let one expect (constrain.floor).',
  fold: 'A day, or a stretch of one, that can be left out to see what an estimate owes to it.',
  bucket: 'A stretch of time, (start, end], that events are summed over (align.bucket).',
  stale: 'Of a quote: older than align.max_stale. The move is then missing, never zero.',
  universe: 'The names that are calibrated: universe.csv or universe.parquet.',
  factor: 'A move that names share, such as the market’s; taken out before links are estimated (defactor.factors).',
  regime: 'A state of the market by spread, volatility and crowding; each has a multiplier of impact.',
  gate: 'A condition of promotion, judged on evidence.',
  diagnostic: 'A test of what may be wrong with a calibration, with what it would cost.',
  guardrail: 'A limit at which a live system falls back to a more cautious matrix.',
  certificate: 'Proof that the published numbers keep every constraint, computed from the stored bytes.',
  witness: 'A round trip that an inadmissible matrix pays for, bucket by bucket.',
  quarantine: 'Where rows go that cannot be used: counted by reason, with examples, in align.json.',
  candidate: 'The version of the last run.',
  champion: 'The version that live systems load; “xim promote” and “run --promote” move it.',
  version: 'What a calibration publishes: a manifest, and objects that it names by their digests.',
  'shape of impact':
    'Whether a name’s move is in proportion to the size of its own flow, a line, or grows slower, a curve. Chosen on folds ahead (fit.kernel.concave: auto); the report shows what was compared, and the response of the last day by size.',
  family:
    'A shape of own impact at an exponent γ of the depth of the book: what is compared on folds ahead, at several horizons. Of those that a certificate can pass the simplest is taken that is within its error of the best.',
  'concave term':
    'Part of the price level that bends with the decayed flow of a name, Σ g h(J): slope one at zero, a power below one far out. The decay comes first and the bend after it, so that every term is the slope of a convex potential: no sequence of trades is paid, whatever it is. A bend before the decay (flow.concavity) predicts better at times and always pays for some round trip.',
  secant:
    'Of a concave term: its level at typical flow over that flow, bps per million. K holds secants, so that a diagonal entry is what a typical bucket of flow meets; smaller flow meets more per million, larger flow less.',
  'typical flow':
    'Median size of a name’s flow over the buckets in which it trades, millions; where secants are taken.',
  mode: 'A combination of names that moves as one: with concave links the potential λ H(qᵀJ) of the market, a block or a pair; with fit.kernel.form: modes the market or a block with a decay of its own.',
  'liquidity scaling':
    'Flow counts as u·(D̄/D)^γ: a million weighs more while the book is thinner than usual (flow.liquidity). A certificate then speaks of schedules at constant depth: buying while the book is thin and selling while it is deep is a multiplier that changes in time.',
  'reference depth':
    'D̄: the median over the window of a name’s depth at the touch, mean of both sides, millions. K under liquidity scaling is bps per million at that depth.',
  schedule:
    'Child orders of a basket over time (xim schedule): what is expected to cost least, impact of all names on each other and the worth of risk included, within caps and windows.',
  policy:
    'A way to work a basket: a rule (twap, vwap, staggered) or the optimum under a view of the market (independent, diagonal, half, cross).',
  gap: 'How far above the optimum a schedule is at most, of what a schedule can save: proved by the solver for every answer, 1e-6 where it is done. It says nothing of whether the model is right.',
  urgency:
    'What risk weighs against impact when a basket is worked: at medium, that of working it by volume weighs as much as its impact; low is a tenth, high ten times. λ is the same as a number, per million and bps.',
  participation: 'Share of the market’s volume in a bucket that an order takes.',
  'marginal cost':
    'What the next million of a name would cost in a bucket, its effect on every other trade of the schedule included.',
  'impact state':
    'What earlier own trades still weigh when a schedule begins, as decayed volume by name and time constant.',
  'replay of schedules':
    'Executed baskets worked anew by a model of the other half of the days, and judged by prices of their own half: what a cross-aware schedule would have saved against what was executed, VWAP, and the optimum without links. It cannot tell cause, what others would have done, or whether orders would have been filled.',
  'held-out raw':
    'Of a price model: least squares on days that the model of the schedule has not seen, without penalty, shrinkage or projection. It is noisy and right on average; the own fit overstates.',
  timing:
    'Of a replayed schedule: what it would have paid beyond the other one because of moves that neither factors nor fitted impact explain. Its mean is zero unless there is alpha, a leak, or impact that the model misses.',
  'design effect':
    '1 + (m − 1)·ICC: by how much the orders of a basket, m of them and alike to the intraclass correlation, are worth less than independent ones.',
  temporary: 'Of impact: gone with the next bucket.',
  permanent: 'Of impact: it does not decay.',
  bps: 'Basis point: a hundredth of a percent of the mid; of money, of the amount that is traded.',
  mid: 'Half way between the best bid and the best ask.',
  'cross-impact': 'What trading one name does to the prices of others: the links of K.',
  decay:
    'The share of impact that is left by the time since the trade: 1 at once, falling and convex, and what never goes is permanent.',
  'time constant': 'Seconds after which a part of impact has fallen to 1/e, a good third.',
  'residual move': 'What a move is beyond factors; where impact is priced, beyond its prediction as well.',
  'residual vol': 'Standard deviation of the residual moves of a bucket.',
  'R²': 'Share of squared moves that is explained: 1 is all of it, 0 what predicting no move does, and below it is worse than that.',
  'out of sample': 'On folds that the fit has not seen; in sample is on those that taught it.',
  'walk-forward': 'Every test fold is predicted by a model of the folds before it, as a live system would.',
  'lead–lag':
    'One name’s moves come before another’s: their correlation is largest at a lag, by trading or by clocks that differ.',
  'one-sided basket': 'A million spread over all names and bought: links add up, which models of single names miss.',
  'hedged basket':
    'A million spread over all names, one half bought and the other sold: links offset, which models of single names miss.',
  'reference order':
    'A million of a name or basket, worked evenly over a given time: what an uncertain decay comes to in money.',
  'parent order':
    'What a desk decides to trade in one name, with a time to be done by; its child orders are the slices that are sent to a market.',
  arm: 'One of the two ways, treatment and control, that orders are worked in at random, so that their costs can be compared.',
  'implementation shortfall':
    'What an order cost against the mid at its arrival, unfilled quantity valued at the deadline, by its notional there.',
  exogenous:
    'Of a shortfall: what factors had moved the price by. Spread is what fills paid beyond the mid; self and cross are what own fills in the name and in others had moved it by; what is left is residual.',
  notional: 'Quantity at its price, in the reporting currency.',
  q95: 'The 95 % quantile: one order in twenty costs more. q99 is one in a hundred.',
  'standard error':
    'Standard deviation of an estimate over samples of the same size; by leaving folds out in turn unless it says otherwise.',
  interval:
    'Where a value lies with the given confidence, as far as the folds that were left out, or resampled clusters, tell.',
  'power of a test': 'Chance that a difference of the given size would have been found.',
  'condition number':
    'Largest over smallest eigenvalue of normalised K: how much dearer the dearest basket is than the cheapest.',
  'cross share': 'Share of the predicted cost of the window’s flow that comes from links.',
  'basket norm':
    'Largest eigenvalue, by its size, of normalised K without its diagonal: how much links add to the self cost of the basket that they change most, as a share of it.',
  eigenvalue: 'Of normalised K: what a unit of one of its independent baskets costs at once. None may be below zero.',
  'positive semidefinite': 'No basket, bought or sold, has a negative cost.',
  'round trip':
    'Trades that end with what they began. One that makes money by its own impact means that a model can be manipulated, and a certificate excludes it.',
  projection: 'The nearest matrix that keeps every constraint.',
  'duality gap': 'How far a solver’s answer is from the optimum at most: a proof, not an estimate.',
  'realised / predicted':
    'What moves came to over what the model predicted; 1 says that impact is of the right size. A slope in tables by horizon.',
  markout: 'Move from a trade to a time after it, its horizon.',
  turnover: 'Relative change of normalised K from one calibration to the next.',
  coverage: 'Share of moves that are there; the others are missing and count nowhere.',
  crowding: 'How much of all flow goes in one direction.',
  VWAP: 'The average price of a period by volume; a schedule of that name follows the market’s volume.',
  TWAP: 'The average price of a period by time; a schedule of that name trades evenly.',
  'Kyle’s matrix':
    'Links taken from the covariances of moves and of flow, as market makers of Kyle’s model would set them; it fits none of its own.',
} as const;
