# The originals of DuckDB anew, by pyarrow: every encoding, codec and page version that it writes, with and without checksums.
import glob, os, sys
import pyarrow as pa
import pyarrow.parquet as pq

place = sys.argv[1]
ENCODINGS = {
    'plain': {'number': 'PLAIN', 'decimal': 'PLAIN', 'integer': 'PLAIN', 'stamp': 'PLAIN', 'text': 'PLAIN'},
    'dictionary': None,
    'delta': {
        'number': 'BYTE_STREAM_SPLIT', 'decimal': 'DELTA_BYTE_ARRAY', 'integer': 'DELTA_BINARY_PACKED',
        'stamp': 'DELTA_BINARY_PACKED', 'text': 'DELTA_BYTE_ARRAY',
    },
    # Split streams of integers and of fixed lengths are refused by the reader: its words for them name the encoding.
    'lengths': {
        'number': 'BYTE_STREAM_SPLIT', 'decimal': 'PLAIN', 'integer': 'PLAIN',
        'stamp': 'DELTA_BINARY_PACKED', 'text': 'DELTA_LENGTH_BYTE_ARRAY',
    },
}


def kind(field):
    if pa.types.is_floating(field.type):
        return 'number'
    if pa.types.is_decimal(field.type):
        return 'decimal'
    if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
        return 'stamp'
    if pa.types.is_integer(field.type):
        return 'integer'
    if pa.types.is_string(field.type):
        return 'text'
    raise SystemExit(f'no encoding is chosen for {field}')


for source in sorted(glob.glob(os.path.join(place, '*-uncompressed-V1-plain.parquet'))):
    dataset = os.path.basename(source).split('-')[0]
    table = pq.read_table(source)
    for name, encodings in ENCODINGS.items():
        for codec in ['none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4']:
            for version in ['1.0', '2.0']:
                for checksums in [False, True]:
                    options = {'use_dictionary': True}
                    if encodings:
                        chosen = {f.name: encodings[kind(f)] for f in table.schema if f.type not in (pa.int8(), pa.int16(), pa.bool_())}
                        options = {'use_dictionary': False, 'column_encoding': chosen}
                    path = os.path.join(place, f"{dataset}-pyarrow-{name}-{codec}-{version}{'-checksums' if checksums else ''}.parquet")
                    pq.write_table(table, path, compression=codec, data_page_version=version,
                                   write_page_checksum=checksums, **options)
