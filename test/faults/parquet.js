// Parquet files of our schemas with bytes changed, by column chunk and by page header: what is read is refused with its name or
// read as it was. Without checksums a change may go unseen, and these are counted; with them none may.
import { fork, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inLanes, shareOf, spread } from './lanes.js';
import { partsOf, withChecksums } from './parquet/pages.js';
import { stream } from './random.js';
import { emptyStore, inScratch, makeFolder, xim } from './world.js';

const DATE = '2024-03-13';
const SESSION = ['10:00', '10:03'];
const WINDOW = `ts >= TIMESTAMP '${DATE} 14:00' AND ts < TIMESTAMP '${DATE} 14:03'`;
const DATASETS = ['quotes', 'trades', 'fills', 'parents', 'factors'];
const CODECS = ['uncompressed', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4_raw'];
const WAIT_MS = 20_000;
const SHORT_FILES = 160;
const CHANGES = 24;

const CONFIG = `model: small
data: { root: ./data }
calendar: { timezone: America/New_York, sessions: [["${SESSION.join('", "')}"]] }
fit: { window: 1d }
align: { max_quarantine: 1 }
`;

export async function parquet({ short, seed, part, judge, note, skip }) {
  const originals = await writeOriginals(skip);
  const draw = stream(seed);
  const cases = originals.flatMap((original) => {
    const parts = partsOf(original.bytes);
    return Array.from({ length: CHANGES }, (_, k) => ({ original, ...changed(original.bytes, parts, k, draw) }));
  });
  const chosen = short ? spread(cases, SHORT_FILES) : shareOf(cases, part);
  note(`${originals.length} files, ${chosen.length} changes`);
  const counts = {};
  const readers = [];
  await inLanes(chosen, async (one, k) => {
    const reader = readers.pop() ?? makeReader(k);
    const { class: found, complaint } = await judged(reader, one);
    readers.push(reader);
    const kind = one.original.hasChecksums ? 'with checksums' : 'without checksums';
    counts[kind] ??= { refused: 0, same: 0, undetected: 0 };
    if (found) counts[kind][found]++;
    const { name } = one.original;
    judge(
      `${name}, ${one.what}`,
      complaint ?? (found === 'undetected' && one.original.hasChecksums ? 'another result' : undefined),
    );
  });
  for (const reader of readers) reader.end();
  for (const [kind, { refused, same, undetected }] of Object.entries(counts))
    note(`${kind}: ${refused} refused, ${same} with the same result, ${undetected} with another that nothing shows`);
}

/** The day of the small market in every form that the writers at hand have. */
async function writeOriginals(skip) {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const place = inScratch('originals');
  makeFolder(place);
  const files = [];
  for (const dataset of DATASETS) {
    const source = inScratch(`data/${dataset}/date=${DATE}/part-0.parquet`);
    const rows = `SELECT * FROM '${source}'${dataset === 'parents' ? '' : ` WHERE ${WINDOW}`}`;
    for (const codec of CODECS)
      for (const version of ['V1', 'V2'])
        for (const dictionary of [true, false]) {
          const name = `${dataset}-${codec}-${version}-${dictionary ? 'dictionary' : 'plain'}`;
          const path = join(place, `${name}.parquet`);
          const options = `FORMAT parquet, COMPRESSION ${codec}, PARQUET_VERSION ${version}${dictionary ? '' : ', DICTIONARY_SIZE_LIMIT 1'}`;
          await connection.run(`COPY (${rows}) TO '${path}' (${options})`);
          files.push({ dataset, name, path });
        }
  }
  files.push(...writtenByPyarrow(place, skip));
  return files.flatMap(({ dataset, name, path }) => {
    const bytes = readFileSync(path);
    if (name.endsWith('-checksums')) return [{ dataset, name, bytes, hasChecksums: true }];
    return [
      { dataset, name, bytes, hasChecksums: false },
      { dataset, name: `${name}-checksums`, bytes: withChecksums(bytes), hasChecksums: true },
    ];
  });
}

const PYARROW = fileURLToPath(new URL('./parquet/encodings.py', import.meta.url));

function writtenByPyarrow(place, skip) {
  const python = [process.env.PYTHON, 'python3'].find(
    (program) => program && spawnSync(program, ['-c', 'import pyarrow']).status === 0,
  );
  if (!python) {
    skip('files of pyarrow: there is no Python that has it (PYTHON names one)');
    return [];
  }
  const made = spawnSync(python, [PYARROW, place], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(made.stderr);
  return readdirSync(place)
    .filter((file) => file.includes('-pyarrow-'))
    .sort()
    .map((file) => ({ dataset: file.split('-')[0], name: basename(file, '.parquet'), path: join(place, file) }));
}

const FORMS = {
  'bit flipped': (bytes, at, draw) => {
    bytes[at] ^= 1 << draw(8);
  },
  'byte replaced': (bytes, at, draw) => {
    bytes[at] = (bytes[at] + 1 + draw(255)) & 255;
  },
  'run of zeros': (bytes, at, draw, end) => bytes.fill(0, at, Math.min(end, at + 2 + draw(15))),
  'bytes replaced': (bytes, at, draw, end) => {
    for (let k = at; k < Math.min(end, at + 4); k++) bytes[k] = draw(256);
  },
};
const KINDS = ['header', 'footer', 'data', 'header', 'levels', 'footer', 'dictionary', 'trailer'];

/** The k-th change of a file: the kinds of its parts in turn, one of the parts by chance. */
function changed(original, parts, k, draw) {
  if (k % 12 === 11) {
    const length = draw(original.length);
    return { what: `cut off after ${length} bytes`, bytes: original.subarray(0, length) };
  }
  const ofKind = parts.filter(({ kind }) => kind === KINDS[k % KINDS.length]);
  const part = (ofKind.length > 0 ? ofKind : parts)[draw(ofKind.length || parts.length)];
  const form = Object.keys(FORMS)[draw(4)];
  const at = part.start + draw(part.end - part.start);
  const bytes = Buffer.from(original);
  FORMS[form](bytes, at, draw, part.end);
  return { what: `${form} at ${at} of ${part.kind}`, bytes };
}

let readers = 0;

/** A process that reads days, started anew when it has ended. */
function makeReader() {
  const number = ++readers;
  const root = inScratch(`reader-${number}`);
  makeFolder(root);
  const config = join(root, 'xim.yaml');
  writeFileSync(config, CONFIG);
  cpSync(inScratch('data/universe.csv'), join(root, 'data/universe.csv'));
  for (const dataset of DATASETS) {
    mkdirSync(join(root, 'data', dataset, `date=${DATE}`), { recursive: true });
    restore(root, dataset);
  }
  const program = fileURLToPath(new URL('./parquet/reader.js', import.meta.url));
  let child;
  const start = () =>
    new Promise((resolve) => {
      child = fork(program, [root, config], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
      child.once('message', resolve);
    });
  const read = async (job) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) await start();
    return new Promise((resolve) => {
      const settle = (answer) => {
        clearTimeout(patience);
        child.removeAllListeners('message').removeAllListeners('exit');
        resolve(answer);
      };
      const patience = setTimeout(() => {
        child.kill('SIGKILL');
        settle({ kind: 'hang', message: `no answer within ${WAIT_MS} ms` });
      }, WAIT_MS);
      child.once('message', settle);
      child.once('exit', (code, signal) => settle({ kind: 'death', message: String(signal ?? code) }));
      child.send(job);
    });
  };
  return { root, config, read, end: () => child?.kill('SIGKILL'), originals: new Map() };
}

const placeOf = (root, dataset) => join(root, 'data', dataset, `date=${DATE}`, 'part-0.parquet');
const restore = (root, dataset) =>
  cpSync(inScratch(`originals/${dataset}-snappy-V1-dictionary.parquet`), placeOf(root, dataset));

async function judged(reader, { original, bytes }) {
  const { dataset, name } = original;
  const place = placeOf(reader.root, dataset);
  const ask = async (content) => {
    writeFileSync(join(reader.root, 'changed'), content);
    return reader.read({ file: join(reader.root, 'changed'), place, date: DATE });
  };
  if (!reader.originals.has(name)) reader.originals.set(name, await ask(original.bytes));
  const expected = reader.originals.get(name);
  if (!expected.digest) restore(reader.root, dataset);
  if (!expected.digest) return { complaint: `the file without a change: ${expected.kind}: ${expected.message}` };
  const answer = await ask(bytes);
  const complaint = answer.kind === 'death' ? await complaintOfProgram(reader, place) : complaintOf(answer, dataset);
  restore(reader.root, dataset);
  if (complaint) return { complaint };
  if (!answer.digest) return { class: 'refused' };
  return { class: answer.digest === expected.digest ? 'same' : 'undetected' };
}

function complaintOf({ digest, kind, message, stack }, dataset) {
  if (digest) return undefined;
  if (kind === 'hang') return message;
  if (kind !== 'data') return `${kind}: ${kind === 'bug' ? stack : message}`;
  return message.includes(dataset) ? undefined : `the message does not name the file: ${message}`;
}

/** A file that ends the engine ends the command with 3 and its name. */
async function complaintOfProgram({ root, config }, place) {
  const command = [
    'align',
    '--date',
    DATE,
    '--config',
    config,
    '--store',
    emptyStore(`${basename(root)}-store`),
    '--json',
  ];
  const { code, stdout, hung } = await xim(command);
  if (hung) return 'the command hangs';
  return code === 3 && stdout.includes(place) ? undefined : `ends the reader; the command ends with ${code}: ${stdout}`;
}
