import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressLz4 } from '../../src/io/lz4.js';
import { xxHash32 } from '../../src/io/xxHash32.js';

const text = (value: string) => Buffer.from(value, 'latin1');
const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

describe('xxHash32', () => {
  it.each([
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
  ])('of %j is the published one', (value, hash) => {
    expect(xxHash32(text(value))).toBe(hash);
  });
});

interface Parts {
  readonly flags?: { independent?: boolean; blockChecksum?: boolean; size?: number; checksum?: boolean };
  /** Compressed blocks, or literal ones to be stored. */
  readonly blocks: readonly ({ readonly packed: Buffer } | { readonly stored: Buffer })[];
  readonly content?: Buffer;
}

/** A frame after the specification. */
function frame({ flags = {}, blocks, content = Buffer.alloc(0) }: Parts): Buffer {
  const { independent = true, blockChecksum = false, size, checksum = false } = flags;
  const flag =
    0x40 | (independent ? 32 : 0) | (blockChecksum ? 16 : 0) | (size === undefined ? 0 : 8) | (checksum ? 4 : 0);
  const sizeBytes: Buffer = Buffer.alloc(size === undefined ? 0 : 8);
  if (size !== undefined) sizeBytes.writeBigUInt64LE(BigInt(size));
  const descriptor = Buffer.concat([Buffer.of(flag, 0x40), sizeBytes]);
  const parts: Buffer[] = [word(0x184d2204), descriptor, Buffer.of((xxHash32(descriptor) >>> 8) & 255)];
  for (const block of blocks) {
    const bytes = 'packed' in block ? block.packed : block.stored;
    parts.push(word(bytes.length | ('packed' in block ? 0 : 0x80000000)), bytes);
    if (blockChecksum) parts.push(word(xxHash32(bytes)));
  }
  parts.push(word(0));
  if (checksum) parts.push(word(xxHash32(content)));
  return Buffer.concat(parts);
}

/** `literals`, then `length` bytes from `distance` before. */
function sequence(literals: Buffer, distance: number, length: number): Buffer {
  const more = (value: number) => {
    const bytes: number[] = [];
    let rest = value - 15;
    if (rest < 0) return Buffer.alloc(0);
    for (; rest >= 255; rest -= 255) bytes.push(255);
    return Buffer.of(...bytes, rest);
  };
  const token = (Math.min(15, literals.length) << 4) | Math.min(15, length - 4);
  return Buffer.concat([
    Buffer.of(token),
    more(literals.length),
    literals,
    Buffer.of(distance & 255, distance >> 8),
    more(length - 4),
  ]);
}
const last = (literals: Buffer) => Buffer.concat([Buffer.of(literals.length << 4), literals]);

describe('LZ4 frames', () => {
  const packed = Buffer.concat([
    sequence(text('abcd'), 4, 300),
    sequence(text('x'.repeat(40)), 1, 19),
    last(text('end')),
  ]);
  const content = text(`${'abcd'.repeat(76)}${'x'.repeat(59)}end`);

  it('of literals and copies, overlapping ones too', () => {
    expect(Buffer.from(decompressLz4(frame({ blocks: [{ packed }] })))).toEqual(content);
  });

  it('with every size and checksum that they may state', () => {
    const flags = { blockChecksum: true, size: content.length, checksum: true };
    const whole = frame({ flags, blocks: [{ packed }], content });
    expect(Buffer.from(decompressLz4(whole))).toEqual(content);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] ^= 1 << (at % 8);
      // Only the number of a skippable frame could pass for another; every other bit is covered by a checksum.
      expect(() => decompressLz4(damaged), `byte ${at}`).toThrow(/LZ4/);
    }
    for (let length = 0; length < whole.length; length++)
      expect(() => decompressLz4(whole.subarray(0, length)), `${length} bytes`).toThrow(/LZ4/);
  });

  it('of stored blocks, of blocks that look back into those before, and one after another', () => {
    const back = Buffer.concat([sequence(text(''), 4, 8), last(text('!'))]);
    const linked = frame({ flags: { independent: false }, blocks: [{ stored: text('abcd') }, { packed: back }] });
    expect(Buffer.from(decompressLz4(linked)).toString()).toBe('abcdabcdabcd!');
    const independent = frame({ blocks: [{ stored: text('abcd') }, { packed: back }] });
    expect(() => decompressLz4(independent)).toThrow('refers to what is not there');
    const skipped = Buffer.concat([word(0x184d2a53), word(3), text('???')]);
    expect(Buffer.from(decompressLz4(Buffer.concat([linked, skipped, linked]))).toString()).toBe(
      'abcdabcdabcd!abcdabcdabcd!',
    );
    // A second frame does not see the first.
    const lookingBack = frame({ flags: { independent: false }, blocks: [{ packed: back }] });
    expect(() => decompressLz4(Buffer.concat([linked, lookingBack]))).toThrow('refers to what is not there');
  });

  it('that are none, or of another kind, are refused', () => {
    expect(() => decompressLz4(text('ARROW1??'))).toThrow('it is no LZ4 frame');
    const large = frame({ blocks: [{ packed: Buffer.concat([sequence(text('a'), 1, 70_000), last(text(''))]) }] });
    expect(() => decompressLz4(large)).toThrow('larger than it may be');
    const zero = frame({ blocks: [{ packed: Buffer.concat([sequence(text('a'), 0, 9), last(text(''))]) }] });
    expect(() => decompressLz4(zero)).toThrow('refers to what is not there');
    const dictionary = frame({ blocks: [] });
    dictionary[4] |= 1;
    expect(() => decompressLz4(dictionary)).toThrow('needs a dictionary');
    const wrongSize = frame({ flags: { size: 5 }, blocks: [{ stored: text('abcd') }] });
    expect(() => decompressLz4(wrongSize)).toThrow('holds 4 bytes, not the 5 that it states');
  });

  it('of any sequences give what the definition of a copy gives', () => {
    const turn = fc.record({
      literals: fc.string({ minLength: 1, maxLength: 50 }),
      distance: fc.nat(),
      length: fc.integer({ min: 4, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 12 }), (turns) => {
        let expected = '';
        const parts = turns.map(({ literals, distance, length }) => {
          const ascii = literals.replace(/[^ -~]/g, '?');
          expected += ascii;
          const back = 1 + (distance % expected.length);
          for (let k = 0; k < length; k++) expected += expected[expected.length - back];
          return sequence(text(ascii), back, length);
        });
        const whole = frame({ blocks: [{ packed: Buffer.concat([...parts, last(text('.'))]) }] });
        expect(Buffer.from(decompressLz4(whole)).toString('latin1')).toBe(`${expected}.`);
      }),
    );
  });
});
