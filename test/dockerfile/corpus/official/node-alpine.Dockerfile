FROM alpine:3.22
RUN addgroup -g 1000 node && adduser -u 1000 -G node -s /bin/sh -D node \
    && apk add --no-cache libstdc++ \
    && apk add --no-cache --virtual .build-deps curl \
    && ARCH= OPENSSL_ARCH='linux*' && alpineArch="$(apk --print-arch)" \
      && case "${alpineArch##*-}" in \
        x86_64) ARCH='x64' OPENSSL_ARCH=linux-x86_64;; \
        *) ;; \
      esac \
  && if [ -n "${CHECKSUM}" ]; then \
    set -eu; \
    curl -fsSLO --compressed "https://example.org/node-v24.tar.xz"; \
  else \
    echo "Building from source" \
    && apk add --no-cache --virtual .build-deps-full \
        g++ \
        gcc \
        linux-headers \
        make \
        python3 \
    && make install \
    && apk del .build-deps-full; \
  fi \
  && apk del .build-deps
COPY docker-entrypoint.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
CMD [ "node" ]
