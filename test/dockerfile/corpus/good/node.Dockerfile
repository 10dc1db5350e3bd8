# syntax=docker/dockerfile:1
ARG NODE_VERSION=24.11
FROM node:${NODE_VERSION}-slim AS base
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM base
ENV NODE_ENV=production
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s CMD ["node", "dist/health.js"]
CMD ["node", "dist/server.js"]
