FROM debian:trixie-slim
ENV HTTPD_PREFIX /usr/local/apache2
RUN mkdir -p "$HTTPD_PREFIX" && chown www-data:www-data "$HTTPD_PREFIX"
RUN set -eux; \
	savedAptMark="$(apt-mark showmanual)"; \
	apt-get update; \
	apt-get install -y --no-install-recommends gcc make; \
	make install; \
	apt-mark auto '.*' > /dev/null; \
	apt-get purge -y --auto-remove; \
	rm -rf /var/lib/apt/lists/*
STOPSIGNAL SIGWINCH
COPY httpd-foreground /usr/local/bin/
EXPOSE 80
CMD ["httpd-foreground"]
