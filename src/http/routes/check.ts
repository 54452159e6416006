/** POST /v1/check and /v1/check/batch: may this message go to this person now, and why. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Static, Type } from "typebox";
import { check, checkWithLedger, needsLedger } from "../../app/check.ts";
import type { Deps } from "../../app/deps.ts";
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
    // What is no question gets a problem of its own, so nothing is refused here: the first of the two
    // fits whatever comes, and the second is there for the reference.
    questions: Type.Array(Type.Union([Type.Unknown(), PartOfQuestion]), {
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
    async (request) => {
      const given = await answer(api.deps, request.body);
      api.metrics.countVerdict({ answer: given.verdict });
      return given;
    },
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
    async (request, reply) => {
      const bytes = await answerBatch(api, request.body, request.id);
      // Written already, as the serializer would have.
      reply.type("application/json; charset=utf-8");
      return bytes as unknown as Static<typeof BatchAnswer>;
    },
  );
}

/**
 * A `BatchAnswer` as bytes of JSON. Answers are written as they are given: ten thousand of them kept
 * as objects until the last is there cost more than to give them.
 */
async function answerBatch(
  api: Api,
  { defaults, questions }: Static<typeof BatchBody>,
  requestId: string,
): Promise<Buffer> {
  const { position } = api.deps.live;
  const parts = [Buffer.from('{"answers":[')];
  const counts = new Map<Answered["verdict"], number>();
  let part = "";
  for (const [index, question] of questions.entries()) {
    if (index > 0) {
      part += ",";
      if (index % QUESTIONS_PER_TURN === 0) {
        parts.push(Buffer.from(part));
        part = "";
        await nextTurn();
      }
    }
    const given = answerOrProblem(api.deps, defaults, question, requestId);
    const answered = given instanceof Promise ? await given : given;
    if ("verdict" in answered) {
      counts.set(answered.verdict, (counts.get(answered.verdict) ?? 0) + 1);
    }
    part += JSON.stringify(answered);
  }
  for (const [verdict, count] of counts) api.metrics.countVerdict({ answer: verdict }, count);
  parts.push(Buffer.from(`${part}],"position":${position}}`));
  return Buffer.concat(parts);
}

type Answered = Static<typeof VerdictSchema>;
type AnsweredOrProblem = Static<typeof BatchAnswer>["answers"][number];
type Defaults = Static<typeof PartOfQuestion> | undefined;

/** What needs no ledger is answered from memory, and waits for nothing. */
function answer(deps: Deps, body: Static<typeof QuestionBody>): Answered | Promise<Answered> {
  const question = readQuestion(body, deps.clock.now());
  if (!needsLedger(question)) return showVerdict(check(deps, question), question.at);
  return checkWithLedger(deps, question).then((verdict) => showVerdict(verdict, question.at));
}

function answerOrProblem(
  deps: Deps,
  defaults: Defaults,
  given: unknown,
  requestId: string,
): AnsweredOrProblem | Promise<AnsweredOrProblem> {
  const describe = (error: unknown): AnsweredOrProblem => {
    const problem = problemOf(error);
    if (problem.code === "internal-error") throw error;
    return { problem: documentOf(problem, requestId) as Static<typeof ProblemSchema> };
  };
  try {
    const question: unknown =
      typeof given === "object" && given !== null && !Array.isArray(given)
        ? { ...defaults, ...given }
        : given;
    const faults = findFaults(question);
    if (faults.length > 0) throw invalidRequest(faults);
    const answered = answer(deps, question as Static<typeof QuestionBody>);
    return answered instanceof Promise ? answered.catch(describe) : answered;
  } catch (error) {
    return describe(error);
  }
}
