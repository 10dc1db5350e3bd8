FROM debian:trixie-slim
RUN set -eux; \
	groupadd -r postgres --gid=999; \
# the user's home, with the right permissions
	useradd -r -g postgres --uid=999 --home-dir=/var/lib/postgresql postgres
RUN set -ex; \
	apt-get update; \
	apt-get install -y --no-install-recommends gnupg less; \
	rm -rf /var/lib/apt/lists/*
ENV GOSU_VERSION 1.19
RUN set -eux; \
	savedAptMark="$(apt-mark showmanual)"; \
	apt-get update; \
	apt-get install -y --no-install-recommends ca-certificates wget; \
	rm -rf /var/lib/apt/lists/*; \
	wget -O /usr/local/bin/gosu "https://example.org/gosu-$GOSU_VERSION"; \
	[ -z "$savedAptMark" ] || apt-mark manual $savedAptMark > /dev/null; \
	apt-get purge -y --auto-remove -o APT::AutoRemove::RecommendsImportant=false; \
	gosu nobody true
ENV PATH $PATH:/usr/lib/postgresql/18/bin
RUN set -ex; \
	export PYTHONDONTWRITEBYTECODE=1; \
	case "$(dpkg --print-architecture)" in \
		amd64 | arm64) \
			apt-get update; \
			;; \
		*) \
			apt-get install -y --no-install-recommends dpkg-dev; \
			_update_repo() { \
				apt-get -o Acquire::GzipIndexes=false update; \
			}; \
			_update_repo; \
			;; \
	esac; \
	apt-get install -y --no-install-recommends "postgresql-18=18.1"; \
	rm -rf /var/lib/apt/lists/*; \
	find /usr -name '*.pyc' -type f -exec bash -c 'for pyc; do dpkg -S "$pyc" &> /dev/null || rm -vf "$pyc"; done' -- '{}' +
ENV PGDATA /var/lib/postgresql/18/docker
VOLUME /var/lib/postgresql
COPY docker-entrypoint.sh docker-ensure-initdb.sh /usr/local/bin/
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres"]
