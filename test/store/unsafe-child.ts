// The control of the kill tests: a writer that acknowledges before it commits, with
// synchronous=OFF. It has to lose something, or the tests could not tell a good store from it.
import { DatabaseSync } from "node:sqlite";

const [file = "", name = ""] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF");
database.exec("CREATE TABLE IF NOT EXISTS entries (position INTEGER PRIMARY KEY, key TEXT)");
const insert = database.prepare("INSERT INTO entries (key) VALUES (?)");
process.stdin.resume();
process.stdin.on("end", () => process.exit());

let n = 0;
process.stdout.write("writing\n");
setInterval(() => {
  database.exec("BEGIN");
  const until = performance.now() + 5;
  while (performance.now() < until) {
    const { lastInsertRowid } = insert.run(`${name}-${n}`);
    process.stdout.write(`ack ${name}-${n} ${lastInsertRowid} appended\n`);
    n += 1;
  }
  database.exec("COMMIT");
}, 6);
