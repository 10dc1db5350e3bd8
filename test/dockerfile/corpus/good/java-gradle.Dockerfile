FROM eclipse-temurin:25-jdk AS build
WORKDIR /src
COPY gradlew settings.gradle.kts build.gradle.kts ./
COPY gradle ./gradle
RUN ./gradlew --no-daemon dependencies
COPY src ./src
RUN ./gradlew --no-daemon bootJar

FROM gcr.io/distroless/java25-debian13:nonroot
COPY --from=build /src/build/libs/app.jar /app.jar
CMD ["/app.jar"]
