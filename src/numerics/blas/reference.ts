import type { Blas } from './interface.js';

/**
 * The same loops in plain TypeScript: what the compiled ones are tested against, and the fallback without WebAssembly.
 */
export function referenceBlas(): Blas {
  let data = new Float64Array(1 << 16);
  return {
    name: 'reference',
    memory: () => data,
    reserve(doubles) {
      if (doubles > data.length) {
        const grown = new Float64Array(Math.max(doubles, 2 * data.length));
        grown.set(data);
        data = grown;
      }
      return data;
    },
    gemmScratch: () => 0,
    gemm(m, n, k, alpha, a, b, c) {
      for (let from = 0; from < k; from += BLOCK) {
        const to = Math.min(k, from + BLOCK);
        for (let i = 0; i < m; i++) {
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let p = from; p < to; p++)
              sum += data[a.at + i * a.row + p * a.column] * data[b.at + p * b.row + j * b.column];
            data[c.at + i * c.row + j] += alpha * sum;
          }
        }
      }
    },
    matvec(m, n, a, row, x, y) {
      for (let i = 0; i < m; i++) data[y + i] = dot(data, a + i * row, x, n);
    },
    matvecTransposed(m, n, a, row, x, y) {
      data.fill(0, y, y + n);
      for (let i = 0; i < m; i++) {
        const scale = data[x + i];
        for (let j = 0; j < n; j++) data[y + j] += scale * data[a + i * row + j];
      }
    },
    backwardRows(count, width, decay, ahead, rows, out) {
      for (let t = count - 1; t >= 0; t--) {
        for (let w = 0; w < width; w++) {
          const [x, a] = [data[rows + t * width + w], data[ahead + w]];
          data[out + t * width + w] = x - (1 - decay) * a;
          data[ahead + w] = decay * a + x;
        }
      }
    },
    forwardStates(count, n, decay, state, { starts, index, value }, out) {
      for (let t = 0; t < count; t++) {
        for (let i = 0; i < n; i++) {
          data[out + t * n + i] = data[state + i];
          data[state + i] *= decay;
        }
        for (let e = data[starts + t]; e < data[starts + t + 1]; e++) data[state + data[index + e]] += data[value + e];
      }
    },
    addSparseProducts(n, width, { starts, index, value }, x, out) {
      for (let j = 0; j < n; j++) {
        const last = data[starts + j + 1];
        let e = data[starts + j];
        for (; e + 4 <= last; e += 4) {
          const [u0, u1, u2, u3] = data.subarray(value + e, value + e + 4);
          const [x0, x1, x2, x3] = Array.from(data.subarray(index + e, index + e + 4), (t) => x + t * width);
          for (let w = 0; w < width; w++)
            data[out + j * width + w] +=
              u0 * data[x0 + w] + u1 * data[x1 + w] + (u2 * data[x2 + w] + u3 * data[x3 + w]);
        }
        for (; e < last; e++) {
          const from = x + data[index + e] * width;
          for (let w = 0; w < width; w++) data[out + j * width + w] += data[value + e] * data[from + w];
        }
      }
    },
  };
}

/** Sums are cut here, as the compiled product does. */
const BLOCK = 256;

/** Eight sums side by side, added in the order of the compiled one. */
function dot(data: Float64Array, x: number, y: number, n: number): number {
  const lanes = [0, 0, 0, 0, 0, 0, 0, 0];
  const whole = n - (n % 8);
  for (let i = 0; i < whole; i += 8) for (let l = 0; l < 8; l++) lanes[l] += data[x + i + l] * data[y + i + l];
  const even = lanes[0] + lanes[2] + (lanes[4] + lanes[6]);
  const odd = lanes[1] + lanes[3] + (lanes[5] + lanes[7]);
  let sum = even + odd;
  for (let i = whole; i < n; i++) sum += data[x + i] * data[y + i];
  return sum;
}
