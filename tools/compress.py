"""A file -> the same, compressed, for whoever accepts it so:  compress.py file file.gz. The same bytes on every machine."""
import gzip
import sys

source, target = sys.argv[1:]
with open(source, "rb") as file:
    packed = gzip.compress(file.read(), compresslevel=9, mtime=0)
with open(target, "wb") as file:
    file.write(packed)
