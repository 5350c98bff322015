/** Errors of the HTTP interface, in the form of OpenAI's API: `{"error": {message, type, param, code}}`. */
import { ContextError, CriaError, type ErrorCode, RequestError, TemplateError } from "../base/errors.ts";

/** What an error answers besides its message. */
interface ErrorDetails {
  /** The request field at fault: `messages[0].content`. */
  readonly param?: string | undefined;
  /** For programs: "unknown_parameter". */
  readonly code?: string | undefined;
  /** Seconds after which a repetition may succeed. */
  readonly retryAfter?: number | undefined;
  readonly cause?: unknown;
}

/** An answer that is not a success. */
export class ApiError extends Error {
  readonly status: number;
  readonly details: ErrorDetails;
  constructor(status: number, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ApiError";
    this.status = status;
    this.details = details;
  }
}

/** OpenAI's names of kinds of errors, by status. */
const TYPES: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  408: "timeout_error",
  413: "invalid_request_error",
  415: "invalid_request_error",
  429: "rate_limit_error",
  503: "unavailable_error",
};

/** Errors of the library that a request can cause. All others are faults of the server or of its model files. */
const STATUS_OF: Readonly<Partial<Record<ErrorCode, number>>> = {
  REQUEST: 400,
  CONTEXT: 400,
  TEMPLATE: 400,
  UNSUPPORTED: 400,
};

/** Turns whatever was thrown into an error of the interface. Messages of unknown errors stay in the log. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const status = error instanceof CriaError ? STATUS_OF[error.code] : undefined;
  if (status === undefined || !(error instanceof CriaError))
    return new ApiError(500, "The server failed to answer; its log has the reason", { cause: error });
  return new ApiError(status, error.message, { code: codeOf(error), cause: error });
}

function codeOf(error: CriaError): string | undefined {
  if (error instanceof ContextError) return "context_length_exceeded";
  if (error instanceof TemplateError) return "template_error";
  return error instanceof RequestError ? undefined : "unsupported";
}

/** The body of an error. */
export function errorBody({ status, message, details }: ApiError) {
  return {
    error: {
      message,
      type: TYPES[status] ?? (status < 500 ? "invalid_request_error" : "server_error"),
      param: details.param ?? null,
      code: details.code ?? null,
    },
  };
}

export function errorResponse(error: ApiError): Response {
  const { retryAfter } = error.details;
  return Response.json(errorBody(error), {
    status: error.status,
    headers: {
      ...(retryAfter === undefined ? {} : { "retry-after": String(Math.max(1, Math.ceil(retryAfter))) }),
      ...(error.status === 401 ? { "www-authenticate": "Bearer" } : {}),
    },
  });
}
