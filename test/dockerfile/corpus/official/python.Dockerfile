FROM buildpack-deps:trixie

ENV PATH=/usr/local/bin:$PATH

RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends \
		libbluetooth-dev \
		tk-dev \
		uuid-dev \
	; \
	rm -rf /var/lib/apt/lists/*

ENV GPG_KEY=0123456789ABCDEF0123456789ABCDEF01234567
ENV PYTHON_VERSION=3.14.0

RUN set -eux; \
	\
	wget -O python.tar.xz "https://example.org/python/${PYTHON_VERSION%%[a-z]*}/Python-$PYTHON_VERSION.tar.xz"; \
	GNUPGHOME="$(mktemp -d)"; export GNUPGHOME; \
	gpg --batch --keyserver hkps://keys.example.org --recv-keys "$GPG_KEY"; \
	./configure --with-ensurepip; \
	make -j "$(nproc)"; \
# the tests aren't needed
	find /usr/local -depth \
		\( -type d -a -name test \) -exec rm -rf '{}' + \
	; \
	pip3 install \
		--disable-pip-version-check \
		--no-cache-dir \
		'setuptools==80' \
		# an indented comment, as there are
		'wheel<0.46' \
	; \
	pip3 --version

CMD ["python3"]
