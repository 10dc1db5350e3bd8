# Two stages: the last one takes what the first one built, and nothing else.
FROM busybox:1.37 AS build
WORKDIR /src
COPY toolchain.sh hello.src ./
RUN sh toolchain.sh /bin/compiler
RUN compiler hello.src > /bin/hello && chmod 755 /bin/hello

FROM busybox:1.37
COPY --from=build /bin/hello /bin/
USER 65534:65534
CMD ["hello"]
