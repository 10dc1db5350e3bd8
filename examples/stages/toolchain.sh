#!/bin/sh
# Makes a compiler of 6 MB at $1, a stand-in: it knows one word, and nothing can be compressed in the rest of it.
{
  printf '#!/bin/sh\nsed "s/^say /#!\\/bin\\/sh\\necho /" "$1"; exit\n'
  head -c 6000000 /dev/urandom
} > "$1"
chmod 755 "$1"
