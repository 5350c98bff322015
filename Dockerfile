# The server in a container. Without keys it refuses to start, unless --open says that anyone may use it.
#
#   docker build -t cria .
#   docker run -p 8080:8080 -v ./models:/models:ro -v ./keys.txt:/keys.txt:ro cria /models/model.gguf --api-key-file /keys.txt

FROM node:22-slim AS build
WORKDIR /cria
COPY . .
RUN npm ci --ignore-scripts && npm run build && npm pack --ignore-scripts --pack-destination /package

FROM node:22-slim
COPY --from=build /package /package
RUN npm install --global --ignore-scripts /package/*.tgz && rm -r /package
USER node
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["cria", "serve", "--host", "0.0.0.0", "--port", "8080", "--log", "json"]
