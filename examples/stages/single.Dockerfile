# One stage: what built the program is published with it.
FROM busybox:1.37
WORKDIR /src
COPY toolchain.sh hello.src ./
RUN sh toolchain.sh /bin/compiler
RUN compiler hello.src > /bin/hello && chmod 755 /bin/hello
USER 65534:65534
CMD ["hello"]
