# syntax=docker/dockerfile:1
FROM node:24-alpine AS build
ENV PNPM_HOME=/pnpm PATH=/pnpm:$PATH
RUN corepack enable
WORKDIR /src
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm fetch
COPY . .
RUN pnpm install --offline --frozen-lockfile && pnpm --filter=api deploy --prod /out

FROM node:24-alpine
RUN apk add --no-cache tini
COPY --from=build --chown=root:root /out /app
WORKDIR /app
USER 1000:1000
EXPOSE 3000
ENTRYPOINT ["tini", "--"]
CMD ["node", "index.js"]
