#!/bin/sh
ships=$(wget -q -O - "http://$DATABASE/cgi-bin/ships") || {
  printf 'Status: 503 Service Unavailable\r\n\r\nno answer from %s\n' "$DATABASE"
  exit
}
printf 'Content-Type: text/plain\r\n\r\non sale: %s\n' "$ships"
