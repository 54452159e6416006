/** POST /v1/check and /v1/check/batch: may this message go to this person now, and why. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { check, type Question } from "../../app/check.ts";
import { withoutUndefined } from "../../app/record-choice.ts";
import { USES } from "../../domain/words.ts";
import { problemOf } from "../answer-problems.ts";
import type { Api, ApiServer } from "../api.ts";
import { documentOf } from "../http-problem.ts";
import { readInstant } from "../instants.ts";
import {
  Address,
  ChannelName,
  ClassName,
  InstantText,
  Name,
  ProblemSchema,
  VerdictSchema,
} from "../schemas.ts";
import { invalidRequest, validatorOf } from "../validate.ts";
import { showVerdict } from "../views.ts";

const BATCH_MAX = 10_000;
/** Questions between two turns of the event loop, so that a batch does not hold up an opt-out. */
const QUESTIONS_PER_TURN = 250;

const members = {
  to: Address,
  sender: Name,
  channel: ChannelName,
  class: ClassName,
  program: Type.Optional(Name),
  use: Type.Optional(Type.Enum([...USES])),
  at: Type.Optional(InstantText),
  known: Type.Optional(
    Type.Object(
      {
        country: Type.Optional(
          Type.String({
            pattern: "^[A-Z]{2}$",
            description:
              "ISO 3166-1 country the person lives in. Its rules bind beside those of every country " +
              "that the number may be of; where the number tells none, they bind alone.",
          }),
        ),
        timezone: Type.Optional(
          Type.String({
            pattern: "^[A-Za-z0-9+_/-]{1,64}$",
            description:
              "IANA zone the person is known to be in, such as `America/Denver`. The hours of all " +
              "others that the number may be in are then left out, so give it only when you know.",
          }),
        ),
      },
      { additionalProperties: false },
    ),
  ),
};
const QuestionBody = Type.Object(members, {
  additionalProperties: false,
  examples: [{ to: "+15552340100", sender: "acme", channel: "sms", class: "marketing" }],
});
const PartOfQuestion = Type.Partial(QuestionBody);

/** Questions are checked one by one, so that a bad one gets a problem and not the whole batch. */
const BatchBody = Type.Object(
  {
    defaults: Type.Optional(PartOfQuestion),
    questions: Type.Array(Type.Union([PartOfQuestion, Type.Unknown()]), {
      minItems: 1,
      maxItems: BATCH_MAX,
      description: "Each overrides the defaults. One that does not fit gets a problem of its own.",
    }),
  },
  {
    additionalProperties: false,
    examples: [
      {
        defaults: { sender: "acme", channel: "sms", class: "marketing" },
        questions: [{ to: "+15552340100" }, { to: "+33612345678" }],
      },
    ],
  },
);
const BatchAnswer = Type.Object(
  {
    answers: Type.Array(
      Type.Union([
        VerdictSchema,
        Type.Object({ problem: ProblemSchema }, { additionalProperties: false }),
      ]),
      { description: "In the order of the questions." },
    ),
    position: Type.Integer({ description: "Every answer is true as of this position or later." }),
  },
  { additionalProperties: false },
);

const findFaults = validatorOf(QuestionBody, "body");

export function addCheckRoutes(server: ApiServer, api: Api): void {
  server.post(
    "/v1/check",
    {
      config: { access: "check", lane: "check", problems: ["invalid-address"] },
      schema: {
        tags: ["Checks"],
        summary: "Ask whether a message may be sent, and why",
        description: "Send only on `allow`. Answered from memory; nothing is written.",
        body: QuestionBody,
        response: { 200: VerdictSchema },
      },
    },
    async (request) => answer(api, request.body),
  );
  server.post(
    "/v1/check/batch",
    {
      bodyLimit: api.limits.batchBytes,
      config: { access: "check", lane: "check" },
      schema: {
        tags: ["Checks"],
        summary: "Ask up to 10,000 questions at once",
        body: BatchBody,
        response: { 200: BatchAnswer },
      },
    },
    async (request) => {
      const { defaults, questions } = request.body;
      const position = api.deps.live.position;
      const answers: Static<typeof BatchAnswer>["answers"] = [];
      for (const [index, question] of questions.entries()) {
        if (index > 0 && index % QUESTIONS_PER_TURN === 0) await nextTurn();
        answers.push(answerOrProblem(api, defaults, question, request.id));
      }
      return { answers, position };
    },
  );
}

type Answered = Static<typeof VerdictSchema>;

function answer(api: Api, body: Static<typeof QuestionBody>): Answered {
  const { at, known, ...rest } = body;
  const question: Question = {
    to: rest.to,
    sender: rest.sender,
    channel: rest.channel,
    class: rest.class,
    ...withoutUndefined({ program: rest.program, use: rest.use }),
    ...(known === undefined ? {} : { known: withoutUndefined(known) }),
    at: at === undefined ? api.deps.clock.now() : readInstant(at, "/at"),
  };
  const verdict = check(api.deps, question);
  api.metrics.countVerdict(verdict);
  return showVerdict(verdict, question.at ?? api.deps.clock.now());
}

function answerOrProblem(
  api: Api,
  defaults: Static<typeof PartOfQuestion> | undefined,
  given: unknown,
  requestId: string,
): Static<typeof BatchAnswer>["answers"][number] {
  try {
    const question: unknown =
      typeof given === "object" && given !== null && !Array.isArray(given)
        ? { ...defaults, ...given }
        : given;
    const faults = findFaults(question);
    if (faults.length > 0) throw invalidRequest(faults);
    return answer(api, question as Static<typeof QuestionBody>);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === "internal-error") throw error;
    return { problem: documentOf(problem, requestId) as Static<typeof ProblemSchema> };
  }
}
