FROM node:24 AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/root/.npm npm ci && npm run build

FROM nginx:1.29
COPY --from=build /src/dist /usr/share/nginx/html
