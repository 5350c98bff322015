/** Routes for those who operate the server: whether it lives, whether it can answer, and its metrics. */
import { route } from "./route.ts";

export const LIVENESS = route({
  method: "GET",
  path: "/health/live",
  aliases: ["/livez"],
  summary: "Whether the process is alive",
  tag: "operation",
  isPublic: true,
  handle: () => Response.json({ status: "ok" }),
});

/** 503 while the default model loads and once the server drains, as balancers expect. */
export const READINESS = route({
  method: "GET",
  path: "/health",
  aliases: ["/health/ready", "/readyz", "/v1/health"],
  summary: "Whether requests are answered now",
  tag: "operation",
  isPublic: true,
  handle: ({ server }) => {
    if (!server.isOpen) return notReady("Shutting down");
    return server.isReady ? Response.json({ status: "ok" }) : notReady("Loading model");
  },
});

const notReady = (message: string): Response =>
  Response.json({ error: { code: 503, message, type: "unavailable_error" } }, { status: 503 });

export const METRICS = route({
  method: "GET",
  path: "/metrics",
  summary: "Metrics in Prometheus' text form",
  tag: "operation",
  handle: ({ server: { metrics } }) => metrics.response(),
});
