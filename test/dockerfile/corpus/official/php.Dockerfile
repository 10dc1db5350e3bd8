FROM debian:trixie-slim
ENV PHPIZE_DEPS \
		autoconf \
		gcc \
		make
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		$PHPIZE_DEPS \
		ca-certificates \
	; \
	rm -rf /var/lib/apt/lists/*
ENV GPG_KEYS 0123456789ABCDEF0123456789ABCDEF01234567
COPY docker-php-source /usr/local/bin/
RUN set -eux; docker-php-source extract
COPY docker-php-ext-* docker-php-entrypoint /usr/local/bin/
ENTRYPOINT ["docker-php-entrypoint"]
WORKDIR /var/www/html
STOPSIGNAL SIGQUIT
EXPOSE 9000
CMD ["php-fpm"]
