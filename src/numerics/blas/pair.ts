import { compiledBlas, newMemory } from './blas.js';
import type { Blas, EventsAt } from './interface.js';

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
/** Twice the turn while the helper may still join it, one more from when it has, or no longer may. */
const GATE = 5;
/** Next piece of the turn that nobody has taken. */
const NEXT = 6;
const PIECES = 7;
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

/** One for each pair. */
export const newPairLink = (): PairLink => ({
  memory: newMemory(),
  control: new SharedArrayBuffer(4 * WORDS + 8 * ARGUMENTS),
});

const wordsOf = ({ control }: PairLink) => new Int32Array(control, 0, WORDS);
const argumentsOf = ({ control }: PairLink) => new Float64Array(control, 4 * WORDS, ARGUMENTS);

/**
 * Kernels that cut large products into pieces of rows and share them with a helper which runs `serve` on another
 * thread: each takes the next piece when it is free, and nobody waits for a helper that has not come. Every entry is
 * summed by one thread in the same order as by one alone, so results have the same bits.
 * @throws Error when the helper has died.
 */
export function pairedBlas(link: PairLink): Blas {
  const plain = compiledBlas(link.memory);
  if (!plain) throw new RangeError('WebAssembly is missing');
  const words = wordsOf(link);
  const list = argumentsOf(link);
  let turn = Atomics.load(words, TURN);
  const isReady = () => Atomics.load(words, READY) === 1 || Atomics.load(words, FAILED) === 1;
  const share = (operation: number, pieces: number, numbers: readonly number[]) => {
    refuseFailed(words);
    list.set(numbers);
    turn++;
    Atomics.store(words, OPERATION, operation);
    Atomics.store(words, PIECES, pieces);
    Atomics.store(words, NEXT, 0);
    Atomics.store(words, GATE, 2 * turn);
    Atomics.store(words, TURN, turn);
    Atomics.notify(words, TURN);
    takePieces(words, plain, list, OWN);
    if (Atomics.compareExchange(words, GATE, 2 * turn, 2 * turn + 1) === 2 * turn) return;
    awaitTurn(words, turn);
  };
  const scratchOf = (n: number) => plain.gemmScratch(n) + (plain.gemmScratch(n) % 2);
  return {
    ...plain,
    gemmScratch: (n) => 2 * scratchOf(n),
    gemm(m, n, k, alpha, a, b, c, scratch) {
      const rows = m <= 2 * PIECE_ROWS ? 2 * Math.ceil(m / 4) : PIECE_ROWS;
      if (m <= rows || m * n * k < SMALLEST_SHARE || !isReady()) plain.gemm(m, n, k, alpha, a, b, c, scratch);
      else {
        const [left, right] = [a, b].map(({ at, row, column }) => [at, row, column]);
        share(GEMM, Math.ceil(m / rows), [rows, m, n, k, alpha, ...left, ...right, c.at, c.row, scratch, scratchOf(n)]);
      }
    },
    matvec(m, n, a, row, x, y) {
      if (m < 4 || m * n < SMALLEST_MATVEC || !isReady()) plain.matvec(m, n, a, row, x, y);
      else share(MATVEC, 2, [Math.ceil(m / 2), m, n, a, row, x, y]);
    },
    addSparseProducts(n, width, events, x, out) {
      const count = plain.memory()[events.starts + n];
      const { starts, index, value } = events;
      if (n < SPARSE_PIECES || count * width < SMALLEST_SHARE || !isReady())
        plain.addSparseProducts(n, width, events, x, out);
      else share(SPARSE, SPARSE_PIECES, [Math.ceil(n / SPARSE_PIECES), n, width, starts, index, value, x, out]);
    },
  };
}

/** Whose scratch a piece works in. */
const OWN = 0;
const HELPERS = 1;

/** Rows of a product in a piece, and pieces of a sparse one: few enough that what each packs anew does not matter. */
const PIECE_ROWS = 96;
const SPARSE_PIECES = 4;

function takePieces(words: Int32Array, plain: Blas, list: Float64Array, who: number): void {
  const operation = Atomics.load(words, OPERATION);
  const pieces = Atomics.load(words, PIECES);
  for (;;) {
    const piece = Atomics.add(words, NEXT, 1);
    if (piece >= pieces) return;
    perform(plain, operation, list, piece, who);
  }
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

/**
 * Tells the other side that the helper is gone: work that waits for it, or that would be handed over, ends with an
 * error.
 */
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

/** The helper's side: joins the turns that it comes to in time until it is stopped. Blocks its thread. */
export function serve(link: PairLink): void {
  const plain = compiledBlas(link.memory);
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
    if (Atomics.load(words, OPERATION) === STOP) return;
    if (Atomics.compareExchange(words, GATE, 2 * turn, 2 * turn + 1) !== 2 * turn) continue;
    takePieces(words, plain, list, HELPERS);
    Atomics.store(words, DONE, turn);
    Atomics.notify(words, DONE);
  }
}

/** Rows of one piece, from the arguments that `pairedBlas` wrote. */
function perform(plain: Blas, operation: number, list: Float64Array, piece: number, who: number): void {
  const [rows, all] = list;
  const first = piece * rows;
  const count = Math.min(rows, all - first);
  if (count <= 0) return;
  if (operation === GEMM) {
    const [, , n, k, alpha, a, rowA, columnA, b, rowB, columnB, c, rowC, scratch, apart] = list;
    const left = { at: a + first * rowA, row: rowA, column: columnA };
    const right = { at: b, row: rowB, column: columnB };
    plain.gemm(count, n, k, alpha, left, right, { at: c + first * rowC, row: rowC }, scratch + who * apart);
  } else if (operation === MATVEC) {
    const [, , n, a, row, x, y] = list;
    plain.matvec(count, n, a + first * row, row, x, y + first);
  } else {
    const [, , width, starts, index, value, x, out] = list;
    const events: EventsAt = { starts: starts + first, index, value };
    plain.addSparseProducts(count, width, events, x, out + first * width);
  }
}
