declare module 'quadprog' {
  /** `min ½bᵀDb − dᵀb` under `Aᵀb ≥ b₀`, the first `meq` of them equal. Indices start from 1. */
  export function solveQP(
    D: number[][],
    d: number[],
    A: number[][],
    b0: number[],
    meq: number,
  ): { solution: number[]; value: number[]; message: string };
}
