// A live system on an artifact of `xim`: what to price the next bucket with, and what the next million costs.
//
//     npm run sample && node examples/live.mjs store
//     node examples/live.mjs STORE [REF]          REF: an id, a date, candidate (here the default) or champion
//
// It reads the store, and prints one line a bucket of a session that is made up below.
import {
  costOfSchedule,
  fromRows,
  initialState,
  loadArtifact,
  marginalCost,
  nextState,
  pricesAt,
  ResidualMonitor,
} from 'xim';

const [store = 'store', reference = 'candidate'] = process.argv.slice(2);

// Every digest is checked and every certificate computed anew; a version that does not hold throws.
const artifact = loadArtifact(store, reference);
const { symbols, thresholds, health } = artifact;
console.log(`${artifact.version}: ${symbols.length} names, certificate ${artifact.certificates.full.status}`);

// What is left to do, millions a bucket: sell the first name and buy the second, five buckets at one pace.
const BUCKETS = 5;
const schedule = fromRows(
  Array.from({ length: BUCKETS }, () => symbols.map((_, i) => (i === 0 ? -0.5 : i === 1 ? 0.4 : 0))),
);
const frictions = { halfSpreadBps: Float64Array.from(symbols, () => 1) };

// What the feed handlers say when each bucket opens. In the third, a venue is out.
const feed = Array.from({ length: 3 * thresholds.recoveryBuckets + BUCKETS }, (_, t) => ({
  dataLagMs: 40,
  venueOutage: t === 2,
  multiplier: 1.1,
}));

const monitor = new ResidualMonitor(artifact.residualVolBps, thresholds);
let state = initialState(thresholds);
let shown = '';
feed.forEach((known, t) => {
  const observation = { ...health, ...known, residualZ: monitor.residualZ, crossShare: monitor.crossShare };
  const step = nextState(state, observation, thresholds);
  state = step.state;

  const propagator = pricesAt(artifact, step.action);
  const reasons = step.reasons.map(({ sentence }) => sentence).join('; ');
  if (state.level !== shown) {
    const cost = artifact.currencyPerMoveMillion * costOfSchedule(propagator, schedule, frictions);
    // Row 0, the bucket that is about to open: what one more million bought would add. Selling adds the opposite.
    const next = marginalCost(propagator, schedule, frictions).data.slice(0, symbols.length);
    const perName = symbols.map((symbol, i) => `${symbol} ${next[i].toFixed(2)}`).join('  ');
    console.log(`bucket ${t}: ${state.level}${reasons ? ` (${reasons})` : ''}`);
    console.log(
      `  the schedule costs ${cost.toFixed(0)}; the next million, in ${artifact.units === 'price' ? 'points' : 'bps'}: ${perName}`,
    );
    shown = state.level;
  }

  // Once the bucket is over: what its moves were and what the full model had said. Here nothing traded.
  const nothing = new Float64Array(symbols.length);
  monitor.show({ residualBps: nothing, predictedBps: nothing, ownBps: nothing, flow: nothing });
});
