import { xxHash32 } from './xxHash32.js';

/**
 * LZ4 frames, as Arrow compresses its buffers with: every checksum and size that a frame states is verified, and what the
 * format reserves is refused.
 */

const MAGIC = 0x184d2204;
const SKIPPABLE = 0x184d2a50;
/** Largest block in bytes, by its code in the descriptor. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
const STORED = 0x80000000;

/** Decompresses one frame or several. @throws Error saying what is wrong with the bytes. */
export function decompressLz4(bytes: Uint8Array): Uint8Array {
  const input = new Input(bytes);
  const output = new Output();
  do {
    const magic = input.word();
    if (magic >>> 4 === SKIPPABLE >>> 4) input.take(input.word());
    else if (magic === MAGIC) decompressFrame(input, output);
    else throw new Error('it is no LZ4 frame');
  } while (!input.isEmpty());
  return output.bytes();
}

interface Descriptor {
  readonly isIndependent: boolean;
  readonly blocksHaveChecksum: boolean;
  readonly hasChecksum: boolean;
  readonly blockBytes: number;
  readonly contentBytes?: number;
}

function readDescriptor(input: Input): Descriptor {
  const start = input.at;
  const [flags, block] = input.take(2);
  if (flags >> 6 !== 1) throw new Error(`version ${flags >> 6} of LZ4 frames is not known`);
  if (flags & 1) throw new Error('the LZ4 frame needs a dictionary');
  const blockBytes = BLOCK_BYTES[block >> 4];
  if ((flags & 2) !== 0 || (block & 0x0f) !== 0 || blockBytes === undefined)
    throw new Error('the LZ4 frame has a damaged descriptor');
  const contentBytes = flags & 8 ? input.word() + input.word() * 0x1_0000_0000 : undefined;
  const hash = xxHash32(input.since(start));
  if (input.byte() !== ((hash >>> 8) & 0xff)) throw new Error('the LZ4 frame has a damaged descriptor');
  return {
    isIndependent: (flags & 32) !== 0,
    blocksHaveChecksum: (flags & 16) !== 0,
    hasChecksum: (flags & 4) !== 0,
    blockBytes,
    ...(contentBytes === undefined ? {} : { contentBytes }),
  };
}

function decompressFrame(input: Input, output: Output): void {
  const frame = readDescriptor(input);
  const start = output.length;
  for (let size = input.word(); size !== 0; size = input.word()) {
    const block = input.take(size % STORED);
    if (frame.blocksHaveChecksum && input.word() !== xxHash32(block))
      throw new Error('a block of the LZ4 frame does not match its checksum');
    const before = output.length;
    // Independent blocks look back no further than their own start, linked ones into those before.
    if (size >= STORED) output.append(block);
    else decompressBlock(block, output, frame.isIndependent ? before : start);
    if (output.length - before > frame.blockBytes) throw new Error('a block of the LZ4 frame is larger than it may be');
  }
  const content = output.since(start);
  if (frame.contentBytes !== undefined && frame.contentBytes !== content.length)
    throw new Error(`the LZ4 frame holds ${content.length} bytes, not the ${frame.contentBytes} that it states`);
  if (frame.hasChecksum && input.word() !== xxHash32(content))
    throw new Error('the LZ4 frame does not match its checksum');
}

const SHORTEST_MATCH = 4;
const LONG = 15;

/** Literals, then a copy of what was written before, in turns; the last turn has literals alone. */
function decompressBlock(block: Uint8Array, output: Output, first: number): void {
  const input = new Input(block);
  for (;;) {
    const token = input.byte();
    output.append(input.take(lengthOf(input, token >> 4)));
    if (input.isEmpty()) return;
    const distance = input.byte() | (input.byte() << 8);
    if (distance === 0 || output.length - distance < first)
      throw new Error('the LZ4 frame refers to what is not there');
    output.repeat(distance, lengthOf(input, token & 15) + SHORTEST_MATCH);
  }
}

function lengthOf(input: Input, nibble: number): number {
  let length = nibble;
  if (nibble < LONG) return length;
  for (let byte = 255; byte === 255; length += byte) byte = input.byte();
  return length;
}

class Input {
  at = 0;
  constructor(private readonly data: Uint8Array) {}

  take(length: number): Uint8Array {
    if (length > this.data.length - this.at) throw new Error('the LZ4 frame is cut off');
    this.at += length;
    return this.data.subarray(this.at - length, this.at);
  }

  byte(): number {
    if (this.isEmpty()) throw new Error('the LZ4 frame is cut off');
    return this.data[this.at++];
  }

  since(start: number): Uint8Array {
    return this.data.subarray(start, this.at);
  }

  /** Of 32 bits without a sign, low byte first. */
  word(): number {
    const [a, b, c, d] = this.take(4);
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  isEmpty(): boolean {
    return this.at === this.data.length;
  }
}

/** Bytes that grow: a frame need not say how many it holds. */
class Output {
  length = 0;
  private data = new Uint8Array(1 << 16);

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.data.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Byte by byte where a copy overlaps itself: that is how runs are written. */
  repeat(distance: number, length: number): void {
    this.reserve(length);
    const from = this.length - distance;
    if (distance >= length) this.data.copyWithin(this.length, from, from + length);
    else for (let k = 0; k < length; k++) this.data[this.length + k] = this.data[from + k];
    this.length += length;
  }

  since(start: number): Uint8Array {
    return this.data.subarray(start, this.length);
  }

  /** A copy of its own, so that it is aligned. */
  bytes(): Uint8Array {
    return this.data.slice(0, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.data.length) return;
    const larger = new Uint8Array(2 * (this.length + more));
    larger.set(this.since(0));
    this.data = larger;
  }
}
