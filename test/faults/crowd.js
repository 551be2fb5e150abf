// Eight readers, two writers, promotion and garbage collection over one store for a while: no reader sees anything torn.
import { complaintAfter, copyOf, nightly, xim } from './world.js';

const READERS = 8;

export async function crowd({ golden, short, judge, note }) {
  const store = copyOf(golden.store, 'crowd');
  const until = Date.now() + (short ? 10_000 : 60_000);
  const counts = {};
  const again = async (name, next, allowed) => {
    for (let k = 0; Date.now() < until; k++) {
      const { code, stdout, stderr, hung } = await xim(next(k));
      counts[name] = (counts[name] ?? 0) + 1;
      if (hung || !allowed.includes(code)) judge(`${name} ${k}`, `${code}: ${(stderr || stdout).slice(0, 300)}`);
    }
  };
  const wait = ['--lock-timeout', '120'];
  const onStore = (...args) => [...args, '--store', store, '--json'];
  const reads = [onStore('show', 'candidate'), onStore('list'), onStore('verify')];
  const rhos = ['0.9', '0.8', '0.7'];
  await Promise.all([
    ...Array.from({ length: READERS }, (_, reader) => again('reads', (k) => reads[(k + reader) % reads.length], [0])),
    ...[0, 1].map((writer) =>
      again('runs', (k) => nightly(store, '--force', '--set', `constrain.rho=${rhos[(k + writer) % 3]}`, ...wait), [
        golden.code,
      ]),
    ),
    again('promotions', () => onStore('promote', 'candidate', '--force', '--reason', 'drill', ...wait), [0]),
    again('collections', () => onStore('gc', ...wait), [0]),
  ]);
  note(
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', '),
  );
  for (const name of ['reads', 'runs', 'promotions', 'collections'])
    judge(`${name} get their turn`, counts[name] > 0 ? undefined : 'none was done');
  judge('the store after the crowd', await complaintAfter(store, golden));
}
