// The control of the power cut: loaded into the real server (`node --import`), it makes SQLite run
// with synchronous=NORMAL, which syncs no commit, and hides that from the store. The product has no
// such switch: it sets FULL, and refuses to run when it reads anything else back.
import { DatabaseSync } from "node:sqlite";

const { exec, prepare } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (sql: string) {
  if (sql === "BEGIN IMMEDIATE") exec.call(this, "PRAGMA synchronous=NORMAL");
  return exec.call(this, sql);
};

DatabaseSync.prototype.prepare = function (sql: string) {
  return prepare.call(this, sql === "PRAGMA synchronous" ? "SELECT 2 AS synchronous" : sql);
};
