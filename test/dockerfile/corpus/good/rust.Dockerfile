# syntax=docker/dockerfile:1
FROM rust:1.91 AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -r src
COPY . .
RUN cargo build --release --locked

FROM debian:13-slim
RUN <<EOF
set -eu
apt-get update
apt-get install -y --no-install-recommends ca-certificates
rm -rf /var/lib/apt/lists/*
useradd --system --uid 10001 app
EOF
COPY --from=build /src/target/release/app /usr/local/bin/app
USER 10001
ENTRYPOINT ["app"]
