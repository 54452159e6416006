/** POST /v1/check and /v1/check/batch: may this message go to this person now, and why. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { check, checkWithLedger, needsLedger } from "../../app/check.ts";
import { problemOf } from "../answer-problems.ts";
import type { Api, ApiServer } from "../api.ts";
import { documentOf } from "../http-problem.ts";
import { QuestionBody, readQuestion } from "../question-schema.ts";
import { ProblemSchema, VerdictSchema } from "../schemas.ts";
import { invalidRequest, validatorOf } from "../validate.ts";
import { showVerdict } from "../views.ts";

const BATCH_MAX = 10_000;
/** Questions between two turns of the event loop, so that a batch does not hold up an opt-out. */
const QUESTIONS_PER_TURN = 250;

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
        answers.push(await answerOrProblem(api, defaults, question, request.id));
      }
      return { answers, position };
    },
  );
}

type Answered = Static<typeof VerdictSchema>;

async function answer(api: Api, body: Static<typeof QuestionBody>): Promise<Answered> {
  const question = readQuestion(body, api.deps.clock.now());
  // A batch of thousands stays in memory: what needs no ledger waits for nothing.
  const verdict = needsLedger(question)
    ? await checkWithLedger(api.deps, question)
    : check(api.deps, question);
  api.metrics.countVerdict(verdict);
  return showVerdict(verdict, question.at);
}

async function answerOrProblem(
  api: Api,
  defaults: Static<typeof PartOfQuestion> | undefined,
  given: unknown,
  requestId: string,
): Promise<Static<typeof BatchAnswer>["answers"][number]> {
  try {
    const question: unknown =
      typeof given === "object" && given !== null && !Array.isArray(given)
        ? { ...defaults, ...given }
        : given;
    const faults = findFaults(question);
    if (faults.length > 0) throw invalidRequest(faults);
    return await answer(api, question as Static<typeof QuestionBody>);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === "internal-error") throw error;
    return { problem: documentOf(problem, requestId) as Static<typeof ProblemSchema> };
  }
}
