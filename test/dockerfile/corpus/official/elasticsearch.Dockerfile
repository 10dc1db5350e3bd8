FROM redhat/ubi9-minimal:9.6 AS builder
RUN microdnf install -y tar gzip
RUN curl -f -o /tmp/es.tar.gz https://example.org/es.tar.gz
FROM redhat/ubi9-minimal:9.6
RUN microdnf install --setopt=tsflags=nodocs -y nc shadow-utils zip unzip findutils && microdnf clean all
RUN groupadd -g 1000 elasticsearch && adduser -u 1000 -g 1000 -G 0 -d /usr/share/elasticsearch elasticsearch
COPY --from=builder --chown=0:0 /usr/share/elasticsearch /usr/share/elasticsearch
EXPOSE 9200 9300
USER 1000:0
ENTRYPOINT ["/bin/tini", "--", "/usr/local/bin/docker-entrypoint.sh"]
CMD ["eswrapper"]
