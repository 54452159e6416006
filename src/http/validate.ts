/**
 * Validation by the TypeBox schemas of the routes. Bodies are taken as they are; query and path are
 * text, so integers and booleans are read from it, strictly: `1.5`, `0x10` and 40 digits stay text
 * and fail. Messages name what is wrong and never quote a value.
 */
import type { FastifySchemaCompiler } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { TLocalizedValidationError } from "typebox/error";
import { type Fault, HttpProblem } from "./http-problem.ts";

const FAULTS_SHOWN = 20;
const PART_OF_REQUEST: Readonly<Record<string, Fault["in"]>> = {
  body: "body",
  querystring: "query",
  params: "path",
  headers: "headers",
};

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const part = PART_OF_REQUEST[httpPart ?? "body"] ?? "body";
  const validate = validatorOf(schema, part);
  const isText = part === "query" || part === "path";
  return (given: unknown) => {
    const value = isText ? readText(schema, given) : given;
    const faults = validate(value);
    return faults.length === 0 ? { value } : { error: invalidRequest(faults) };
  };
};

/** A check that gives everything that is wrong; an empty list means that the value fits. */
export function validatorOf(
  schema: TSchema,
  part: Fault["in"],
): (value: unknown) => readonly Fault[] {
  const compiled = Compile(schema);
  return (value) => (compiled.Check(value) ? [] : faultsOf(compiled.Errors(value), part));
}

export function invalidRequest(faults: readonly Fault[]): HttpProblem {
  const first = faults[0];
  const where = first === undefined || first.pointer === "" ? "" : `\`${first.pointer}\` `;
  const what = first === undefined ? "it does not fit the schema" : `${where}${first.message}`;
  const part = first?.in ?? "body";
  return new HttpProblem("invalid-request", `In the ${part}: ${what}.`, { faults });
}

/** The request that a route's own reading finds wrong, beyond what its schema says. */
export function invalidMember(pointer: string, message: string, part: Fault["in"] = "body") {
  return invalidRequest([{ in: part, pointer, message }]);
}

/** Integers and booleans of a query or a path, read as JSON would write them and no other way. */
function readText(schema: TSchema, given: unknown): unknown {
  const properties = (schema as { properties?: Record<string, { type?: string }> }).properties;
  if (properties === undefined || typeof given !== "object" || given === null) return given;
  const read: Record<string, unknown> = {};
  for (const [name, text] of Object.entries(given)) {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    const isInteger = type === "integer" && /^-?(0|[1-9]\d{0,15})$/.test(String(text));
    const isBoolean = type === "boolean" && (text === "true" || text === "false");
    read[name] = isInteger ? Number(text) : isBoolean ? text === "true" : text;
  }
  return read;
}

function faultsOf(
  errors: readonly TLocalizedValidationError[],
  part: Fault["in"],
): readonly Fault[] {
  const unions = errors.filter((error) => error.keyword === "anyOf");
  const isInsideUnion = (error: TLocalizedValidationError) =>
    unions.some((union) => error.schemaPath.startsWith(`${union.schemaPath}/anyOf/`));
  const faults = errors
    .filter((error) => error.keyword !== "boolean" && !isInsideUnion(error))
    .flatMap((error) => faultOf(error, part));
  // A member that fits no form of a union is also reported as one too many; once is enough.
  const seen = new Set<string>();
  const distinct = faults.filter((fault) => !seen.has(fault.pointer) && seen.add(fault.pointer));
  return distinct.slice(0, FAULTS_SHOWN);
}

function faultOf(error: TLocalizedValidationError, part: Fault["in"]): readonly Fault[] {
  const at = (name: string) => `${error.instancePath}/${escapePointer(name)}`;
  switch (error.keyword) {
    case "required":
      return error.params.requiredProperties.map((name) => ({
        in: part,
        pointer: at(name),
        message: "is missing",
      }));
    case "additionalProperties":
      return error.params.additionalProperties.map((name) => ({
        in: part,
        pointer: at(name),
        message: "is not known here, or not of a type that it may have",
      }));
    case "enum":
      return [fault(error, part, `must be one of ${error.params.allowedValues.join(", ")}`)];
    case "anyOf":
      return [fault(error, part, "has none of the forms that it may have")];
    default:
      return [fault(error, part, error.message)];
  }
}

function fault(error: TLocalizedValidationError, part: Fault["in"], message: string): Fault {
  return { in: part, pointer: error.instancePath, message };
}

/** RFC 6901 §3. */
function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
