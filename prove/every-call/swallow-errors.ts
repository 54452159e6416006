// The control of `every-call-fails-once`: loaded into the real server (`node --import`), it takes a
// failed commit for a good one. The product ends at the first failed write or sync.
import { DatabaseSync } from "node:sqlite";

const { exec } = DatabaseSync.prototype;

DatabaseSync.prototype.exec = function (sql: string) {
  try {
    return exec.call(this, sql);
  } catch (error) {
    if (sql !== "COMMIT") throw error;
    if (this.isTransaction) exec.call(this, "ROLLBACK");
  }
};
