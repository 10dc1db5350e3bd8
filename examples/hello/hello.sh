#!/bin/sh
printf 'hello from %s (%s), revision %s\n' "$1" "$2" "$3"
