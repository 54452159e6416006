/** Why a start failed, in a line that says what to do about it. */
import { BrokenStore, StoreInUse, UnsafeStore } from "../store/store.ts";
import { type Config, ConfigProblem } from "./config.ts";

/** `null` for what nobody foresaw: then the stack is worth more than a guess. */
export function explainFailure(error: unknown, config: Config): string | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof ConfigProblem || error instanceof StoreInUse) return error.message;
  if (error instanceof UnsafeStore) return `${error.message} Nothing new was acknowledged.`;
  const known = codesOf(error).find((code) => BY_CODE[code] !== undefined);
  if (known !== undefined) return BY_CODE[known]?.(config) ?? null;
  if (error instanceof BrokenStore) return `the store failed: ${error.message}`;
  // The PostgreSQL store says what it could not do, and keeps the driver's own error as the cause.
  if (config.databaseUrl !== null && error.cause instanceof Error) return error.message;
  return null;
}

/** Of the error and of what caused it; a store wraps what its driver said. */
function codesOf(error: Error): string[] {
  const codes: string[] = [];
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth += 1) {
    if ("code" in at && typeof at.code === "string") codes.push(at.code);
    at = at.cause;
  }
  return codes;
}

const BY_CODE: Readonly<Record<string, (config: Config) => string>> = {
  EADDRINUSE: ({ host, port }) =>
    `port ${port} on ${host} is taken by another program. Stop that one, or choose another port: ` +
    "`HEED_PORT=4334 npm start`.",
  EADDRNOTAVAIL: ({ host }) =>
    `this machine has no address \`${host}\`. Set HEED_HOST to one it has, such as 127.0.0.1.`,
  EACCES: ({ dataFolder, port }) =>
    `no permission, either to write to ${dataFolder} or to listen on port ${port}. Give this user ` +
    "that folder, or set HEED_DATA and HEED_PORT to others.",
  EPERM: ({ dataFolder }) =>
    `no permission to change ${dataFolder}. Set HEED_DATA to another folder.`,
  EROFS: ({ dataFolder }) =>
    `${dataFolder} is on a read-only disk. Set HEED_DATA to another folder.`,
  ENOSPC: ({ dataFolder }) =>
    `the disk with ${dataFolder} is full. Nothing was lost; free some space and start again.`,
  EIO: ({ dataFolder }) =>
    `the disk with ${dataFolder} failed. Make sure that it is healthy, then start again.`,
  ENOTDIR: ({ dataFolder }) => `${dataFolder} is a file. Set HEED_DATA to a folder.`,
  EEXIST: ({ dataFolder }) => `${dataFolder} is a file. Set HEED_DATA to a folder.`,
  ECONNREFUSED: () =>
    "nothing answers at DATABASE_URL. Start PostgreSQL, or leave DATABASE_URL out for the embedded store.",
  ENOTFOUND: () => "the host in DATABASE_URL has no address. Check its name.",
  "28P01": () => "PostgreSQL refused the password in DATABASE_URL.",
  "28000": () => "PostgreSQL refused the user in DATABASE_URL.",
  "3D000": () => "the database in DATABASE_URL does not exist. Create it: `createdb NAME`.",
};
