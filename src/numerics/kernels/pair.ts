import { compiledKernels, type EventsAt, type Kernels, newMemory } from './kernels.js';

/** What both threads of a pair need: the kernels' memory, and a block of words in which work is handed over. */
export interface PairLink {
  readonly memory: WebAssembly.Memory;
  readonly control: SharedArrayBuffer;
}

const READY = 0;
const TURN = 1;
const DONE = 2;
const OPERATION = 3;
const FAILED = 4;
const WORDS = 8;
const ARGUMENTS = 16;

const STOP = 0;
const GEMM = 1;
const MATVEC = 2;
const SPARSE = 3;

/** Work smaller than this, in multiplications, is not worth handing over. */
const SMALLEST_SHARE = 150_000;
const SMALLEST_MATVEC = 40_000;
/** Polls before a thread goes to sleep: calls follow each other closely inside a decomposition. */
const SPINS = 20_000;
/** A helper that is silent for longer is dead: no half of a product takes a minute. */
const PATIENCE_MS = 60_000;

export const newPairLink = (): PairLink => ({
  memory: newMemory(),
  control: new SharedArrayBuffer(4 * WORDS + 8 * ARGUMENTS),
});

const wordsOf = ({ control }: PairLink) => new Int32Array(control, 0, WORDS);
const argumentsOf = ({ control }: PairLink) => new Float64Array(control, 4 * WORDS, ARGUMENTS);

/**
 * Kernels that hand half of the rows of large products to a helper which runs `serve` on another thread. Every entry is
 * summed by one thread in the same order as by one alone, so results have the same bits.
 * @throws Error when the helper has stopped answering.
 */
export function pairedKernels(link: PairLink): Kernels {
  const plain = compiledKernels(link.memory);
  if (!plain) throw new RangeError('WebAssembly is missing');
  const words = wordsOf(link);
  const list = argumentsOf(link);
  let turn = Atomics.load(words, TURN);
  const isReady = () => Atomics.load(words, READY) === 1 || Atomics.load(words, FAILED) === 1;
  const share = (operation: number, numbers: readonly number[], own: () => void) => {
    refuseFailed(words);
    list.set(numbers);
    Atomics.store(words, OPERATION, operation);
    turn++;
    Atomics.store(words, TURN, turn);
    Atomics.notify(words, TURN);
    own();
    awaitTurn(words, turn);
  };
  const scratchOf = (n: number) => plain.gemmScratch(n) + (plain.gemmScratch(n) % 2);
  return {
    ...plain,
    gemmScratch: (n) => 2 * scratchOf(n),
    gemm(m, n, k, alpha, a, b, c, scratch) {
      const half = (m >> 1) & ~1;
      if (half === 0 || m * n * k < SMALLEST_SHARE || !isReady()) {
        plain.gemm(m, n, k, alpha, a, b, c, scratch);
        return;
      }
      const rest = [m - half, n, k, alpha, a.at + half * a.row, a.row, a.column, b.at, b.row, b.column];
      share(GEMM, [...rest, c.at + half * c.row, c.row, scratch + scratchOf(n)], () =>
        plain.gemm(half, n, k, alpha, a, b, c, scratch),
      );
    },
    matvec(m, n, a, row, x, y) {
      const half = m >> 1;
      if (half === 0 || m * n < SMALLEST_MATVEC || !isReady()) plain.matvec(m, n, a, row, x, y);
      else share(MATVEC, [m - half, n, a + half * row, row, x, y + half], () => plain.matvec(half, n, a, row, x, y));
    },
    addSparseProducts(n, width, events, x, out) {
      const half = n >> 1;
      const count = plain.memory()[events.starts + n];
      if (half === 0 || count * width < SMALLEST_SHARE || !isReady()) {
        plain.addSparseProducts(n, width, events, x, out);
        return;
      }
      const { starts, index, value } = events;
      share(SPARSE, [n - half, width, starts + half, index, value, x, out + half * width], () =>
        plain.addSparseProducts(half, width, events, x, out),
      );
    },
  };
}

function awaitTurn(words: Int32Array, turn: number): void {
  for (let spin = 0; spin < SPINS; spin++) if (Atomics.load(words, DONE) === turn) return;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const done = Atomics.load(words, DONE);
    if (done === turn) return;
    refuseFailed(words);
    if (Date.now() > deadline) throw new Error('the second thread of the kernels has stopped answering');
    Atomics.wait(words, DONE, done, 1000);
  }
}

function refuseFailed(words: Int32Array): void {
  if (Atomics.load(words, FAILED) === 1) throw new Error('the second thread of the kernels died');
}

/** Tells the other side that the helper is gone: work that waits for it, or that would be handed over, ends with an error. */
export function reportFailed(link: PairLink): void {
  const words = wordsOf(link);
  Atomics.store(words, FAILED, 1);
  Atomics.notify(words, DONE);
}

/** Ends the helper's loop. */
export function stopHelper(link: PairLink): void {
  const words = wordsOf(link);
  Atomics.store(words, OPERATION, STOP);
  Atomics.add(words, TURN, 1);
  Atomics.notify(words, TURN);
}

/** The helper's side: does its half of what is handed over until it is stopped. Blocks its thread. */
export function serve(link: PairLink): void {
  const plain = compiledKernels(link.memory);
  if (!plain) return;
  const words = wordsOf(link);
  const list = argumentsOf(link);
  let turn = Atomics.load(words, TURN);
  Atomics.store(words, READY, 1);
  for (;;) {
    for (let spin = 0; spin < SPINS && Atomics.load(words, TURN) === turn; spin++);
    if (Atomics.load(words, TURN) === turn) Atomics.wait(words, TURN, turn);
    if (Atomics.load(words, TURN) === turn) continue;
    turn = Atomics.load(words, TURN);
    const operation = Atomics.load(words, OPERATION);
    if (operation === STOP) return;
    perform(plain, operation, list);
    Atomics.store(words, DONE, turn);
    Atomics.notify(words, DONE);
  }
}

function perform(plain: Kernels, operation: number, list: Float64Array): void {
  if (operation === GEMM) {
    const [m, n, k, alpha, a, rowA, columnA, b, rowB, columnB, c, rowC, scratch] = list;
    const [left, right] = [
      { at: a, row: rowA, column: columnA },
      { at: b, row: rowB, column: columnB },
    ];
    plain.gemm(m, n, k, alpha, left, right, { at: c, row: rowC }, scratch);
  } else if (operation === MATVEC) {
    const [m, n, a, row, x, y] = list;
    plain.matvec(m, n, a, row, x, y);
  } else {
    const [n, width, starts, index, value, x, out] = list;
    const events: EventsAt = { starts, index, value };
    plain.addSparseProducts(n, width, events, x, out);
  }
}
