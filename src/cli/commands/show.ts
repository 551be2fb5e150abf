import { Argument } from 'commander';
import type { StoredImpact } from '../../io/impactArrow.js';
import { type Metrics, orderTimeText } from '../../model/manifest.js';
import { printable } from '../../model/plainText.js';
import { type UnitWords, wordsOf } from '../../model/units.js';
import { gateLine, gateReasons, noteLines } from '../steps/gatesText.js';
import { fixed, textTable } from '../text.js';
import { defineVerb } from '../verb.js';

interface ShowArguments {
  readonly ref: string;
}

export const verb = defineVerb<ShowArguments>({
  name: 'show',
  description: 'one version',
  arguments: [new Argument('[ref]', 'version id, prefix, date or alias').default('candidate')],
  action: async ({ config }, { ref }) => {
    const { resolveReference } = await import('../../store/store.js');
    const { id, folder, manifest } = resolveReference(config.store, ref);
    const { storedImpact } = await import('../../run/versions/verifyVersion.js');
    const { storedModel } = await import('../../run/versions/storedModel.js');
    const { certifyInTime } = await import('../../model/certificateInTime.js');
    const { concaveLines, inTimeLine } = await import('../steps/impactText.js');
    const { replayLines } = await import('../steps/replayText.js');
    const { answerLines } = await import('../steps/answersText.js');
    const impact = storedImpact(config.store, { id, folder, manifest });
    const units = wordsOf(manifest);
    const { kernel, regimes, universe } = manifest;
    // A switch pays by costs that are potentials: nothing is said of flow that is concave before its decay.
    const inTime =
      kernel.concavity === 1
        ? certifyInTime(storedModel(manifest, impact, 'K'), regimes.multipliers, kernel.bucketMs)
        : undefined;
    return {
      text: [
        `${folder}  ${printable(manifest.model)}, ${manifest.window.dates.length} days to ${manifest.asof}, certificate ${manifest.certificate.status}`,
        ...answers(manifest.verdict.sentence, await answerLines(config.store, { id, folder, manifest })),
        textTable(['name', 'block', `K_ii ${units.perMillion}`, 'strongest link'], nameRows(impact)),
        `kernel: ${kernel.form}${kernel.why === undefined ? '' : `. ${kernel.why}`}`,
        ...concaveLines(manifest, impact),
        ...(inTime ? [inTimeLine(inTime, universe.names)] : []),
        ...orderLines(units, manifest.metrics.referenceOrders),
        ...replayLines(manifest.metrics.scheduleReplay, units),
        gateLine(manifest.gates),
        ...gateReasons(manifest.gates),
        ...noteLines(manifest.notes, manifest.notes.length),
        ...manifest.objects.map((object) => `${object.name}  ${object.bytes} bytes  ${object.sha256.slice(0, 12)}`),
        `id ${id}`,
      ].join('\n'),
      json: { id, version: folder, manifest },
    };
  },
});

/** What is asked first; of a matrix that came without data, what its verdict says. */
const answers = (sentence: string, lines: readonly string[]): readonly string[] =>
  lines.length > 0 ? lines : [printable(sentence)];

/** Cost of the reference baskets, by the time that they are worked over. */
function orderLines({ move }: UnitWords, orders: Metrics['referenceOrders'] = []): string[] {
  const baskets = orders.filter(({ kind }) => kind === 'basket');
  if (baskets.length === 0) return [];
  const rows = baskets.map(({ order, seconds, value, low, high }) => [
    order,
    orderTimeText(seconds),
    fixed(value, 3),
    low === undefined ? '–' : `${fixed(low, 3)} … ${fixed(high, 3)}`,
  ]);
  return [textTable(['one million of', 'over', `costs ${move}`, '90 % interval'], rows)];
}

function nameRows({ symbols, blocks, matrices }: StoredImpact): string[][] {
  const K = matrices.get('K')!;
  return symbols.map((symbol, i) => {
    const links = symbols
      .map((other, j) => ({ other, value: K.data[i * K.cols + j] }))
      .filter((_, j) => j !== i)
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    const strongest = links.length > 0 ? `${links[0].other} ${fixed(links[0].value)}` : '';
    return [symbol, blocks[i], fixed(K.data[i * K.cols + i]), strongest];
  });
}
