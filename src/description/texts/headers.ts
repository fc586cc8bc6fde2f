/** Headers that clients may send. Components of the description, referenced by every operation that reads them. */
export const REQUEST_HEADERS = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description:
      "Names this request, so that a repeat within 24 hours changes nothing and gets the first response. Use a new random " +
      "key for each new request, and the same key when the same request is sent again.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
    example: "7c1e3f52-9a60-4b0e-8f0a-2f6f0d4f1c55",
  },
  IfNoneMatch: {
    name: "If-None-Match",
    in: "header",
    required: false,
    description:
      "Tags of answers that the caller has. When the answer is still one of these, there is nothing but a 304. A value that " +
      "is no tag is ignored.",
    schema: { type: "string" },
    example: '"1772357400000.4~3f2a9c1d"',
  },
  IfMatch: {
    name: "If-Match",
    in: "header",
    required: false,
    description:
      "The tag of the answer that the caller has seen. The request is carried out only if nobody has changed it since; " +
      "else it is refused with 412. Requests that change something and do not describe this header refuse it with 400.",
    schema: { type: "string" },
    example: '"1772357400000.4~3f2a9c1d"',
  },
  IfNoneMatchToChange: {
    name: "If-None-Match",
    in: "header",
    required: false,
    description:
      "Tags of states in which the record is not to be changed, or `*` for all: then 412. Requests that change something and " +
      "do not describe this header refuse it with 400.",
    schema: { type: "string" },
    example: '"1772357400000.4~3f2a9c1d"',
  },
  Bookmark: {
    name: "x-d1-bookmark",
    in: "header",
    required: false,
    description:
      "The bookmark of an earlier response. With it a nearby read replica may answer, from a state that is at least as " +
      "recent; without it the primary database answers. A value of another form is ignored.",
    schema: { type: "string", pattern: "^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$" },
    example: "00000085-00000002-00004f2e-7ad3f5c19f0e4fd5b1b1b1a52a5b6c7d",
  },
  RequestId: {
    name: "x-request-id",
    in: "header",
    required: false,
    description:
      "The caller's id of the request: 8 to 64 letters, digits, dots, underscores and hyphens. Else one is made.",
    schema: { type: "string", pattern: "^[A-Za-z0-9._-]{8,64}$" },
    example: "web-5f0c2a9e",
  },
} as const;

/** Headers of responses. Components of the description. */
export const RESPONSE_HEADERS = {
  RequestId: {
    description: "The id of the request in the log and in the audit trail. Name it when you report a fault.",
    schema: { type: "string" },
    example: "web-5f0c2a9e",
  },
  Bookmark: {
    description: "The state of the database after this request, for `x-d1-bookmark` of later requests.",
    schema: { type: "string" },
    example: "00000085-00000002-00004f2e-7ad3f5c19f0e4fd5b1b1b1a52a5b6c7d",
  },
  ETag: {
    description:
      "The tag of this answer, for If-None-Match of later requests and for If-Match. Tags mean nothing, and all change with " +
      "a deployment.",
    schema: { type: "string" },
    example: '"1772357400000.4~3f2a9c1d"',
  },
  Location: {
    description: "Where the status of what was begun is read.",
    schema: { type: "string" },
    example: "/v1/clinics/5f00000000000000000000a1/merges/5f00000000000000000000c1",
  },
  ContentRange: {
    description: "Which bytes these are, and how many there are; `*` where there are none such.",
    schema: { type: "string" },
    example: "bytes 0-1023/48212",
  },
  Successor: {
    description: "The record that this one was merged into, as `successor-version`; absent where there is none.",
    schema: { type: "string" },
    example: '</v1/clinics/5f00000000000000000000a1/patients/a1b2c3d4e5>; rel="successor-version"',
  },
  RetryAfter: {
    description: "After how many seconds the request may be sent again.",
    schema: { type: "integer", minimum: 1 },
    example: 2,
  },
  RateLimitPolicy: {
    description:
      "The limit that the request counted against (draft-ietf-httpapi-ratelimit-headers): its name, how many requests pass at " +
      "once (`q`), and in how many seconds as many are given back, evenly (`w`). Absent where nothing was counted.",
    schema: { type: "string" },
    example: '"person";q=1200;w=60',
  },
  RateLimit: {
    description:
      "How many more requests pass at this moment (`r`), and in how many seconds one more than that will (`t`).",
    schema: { type: "string" },
    example: '"person";r=1199;t=1',
  },
  IdempotentReplayed: {
    description: "The request was answered before: this is the first response again, and nothing was changed.",
    schema: { type: "string", const: "true" },
    example: "true",
  },
} as const;
