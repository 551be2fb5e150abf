import { NumericalError } from '../failure.js';
import { compiledModule } from './compiled.js';
import type { Blas } from './interface.js';
import { referenceBlas } from './reference.js';

let chosen: Blas | undefined;

/** Compiled kernels where the platform runs WebAssembly, the reference otherwise. One set per thread. */
export function blas(): Blas {
  chosen ??= compiledBlas() ?? referenceBlas();
  return chosen;
}

/** Which set this thread uses from now on. */
export function useBlas(set: Blas): void {
  chosen = set;
}

interface CompiledExports {
  gemmScratch(n: number): number;
  gemm(...args: number[]): void;
  matvec(...args: number[]): void;
  matvecTransposed(...args: number[]): void;
  backwardRows(...args: number[]): void;
  forwardStates(...args: number[]): void;
  addSparseProducts(...args: number[]): void;
}

const PAGE = 65_536;
const LARGEST_PAGES = 65_536;

/** Shared, so that a helper on another thread can work in it. */
export const newMemory = (): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: 16, maximum: LARGEST_PAGES, shared: true });

/** `undefined` where WebAssembly, or its vectors, are missing. */
export function compiledBlas(shared?: WebAssembly.Memory): Blas | undefined {
  try {
    const memory = shared ?? newMemory();
    const abort = () => {
      throw new RangeError('a compiled kernel gave up');
    };
    const instance = new WebAssembly.Instance(compiledModule(), { env: { memory, abort } });
    return bound(memory, instance.exports as unknown as CompiledExports);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof ReferenceError) return undefined;
    throw error;
  }
}

function bound(memory: WebAssembly.Memory, compiled: CompiledExports): Blas {
  let view = new Float64Array(memory.buffer);
  return {
    name: 'compiled',
    memory: () => view,
    reserve(doubles) {
      const missing = Math.ceil((8 * doubles - memory.buffer.byteLength) / PAGE);
      if (missing > 0) {
        if (8 * doubles > LARGEST_PAGES * PAGE)
          throw new NumericalError(
            `matrices of ${(doubles / 0x800_0000).toFixed(1)} GB do not fit into the 4 GB that the kernels can address`,
            'calibrate fewer names at once',
          );
        memory.grow(missing);
        view = new Float64Array(memory.buffer);
      }
      return view;
    },
    gemmScratch: (n) => Math.ceil(compiled.gemmScratch(n) / 8),
    gemm: (m, n, k, alpha, a, b, c, scratch) =>
      compiled.gemm(m, n, k, alpha, 8 * a.at, a.row, a.column, 8 * b.at, b.row, b.column, 8 * c.at, c.row, 8 * scratch),
    matvec: (m, n, a, row, x, y) => compiled.matvec(m, n, 8 * a, row, 8 * x, 8 * y),
    matvecTransposed: (m, n, a, row, x, y) => compiled.matvecTransposed(m, n, 8 * a, row, 8 * x, 8 * y),
    backwardRows: (count, width, decay, ahead, rows, out) =>
      compiled.backwardRows(count, width, decay, 8 * ahead, 8 * rows, 8 * out),
    forwardStates: (count, n, decay, state, { starts, index, value }, out) =>
      compiled.forwardStates(count, n, decay, 8 * state, 8 * starts, 8 * index, 8 * value, 8 * out),
    addSparseProducts: (n, width, { starts, index, value }, x, out) =>
      compiled.addSparseProducts(n, width, 8 * starts, 8 * index, 8 * value, 8 * x, 8 * out),
  };
}
