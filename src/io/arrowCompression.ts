import zlib from 'node:zlib';
import { dataError } from '../model/failure.js';
import { decompressLz4 } from './lz4.js';

const UNCOMPRESSED = "write it uncompressed: to_feather(…, compression='uncompressed')";

/** What Node's newer versions have. */
const zstd = (zlib as { readonly zstdDecompressSync?: (bytes: Uint8Array) => Uint8Array }).zstdDecompressSync;

/** Lets Arrow read buffers that are compressed, as `to_feather` writes them; what it cannot read is said of `path`. */
export async function registerCodecs(path: string): Promise<void> {
  const { CompressionType, compressionRegistry } = await import('apache-arrow');
  compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decompressLz4 });
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) => {
      // A copy of its own, so that it is aligned.
      if (zstd) return Uint8Array.from(zstd(bytes));
      throw dataError(`${path} is compressed with zstd, which this version of Node does not read`, UNCOMPRESSED);
    },
  });
}
