/** Lets the test runner speak between long stretches of computing, which it takes for a worker that hangs. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
