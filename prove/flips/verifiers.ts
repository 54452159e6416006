// Verification as the command line does it, in this process.
import { type FolderReport, verifyFolder } from "../../src/runtime/verify-folder.ts";

/** Whether a verification of the folder finds anything. `withoutHashes`: for a control. */
export async function findsSomething(dataFolder: string, withoutHashes = false): Promise<boolean> {
  const report = await verify(dataFolder, withoutHashes);
  return (
    report.ledger === null ||
    report.ledger.wrongCount > 0 ||
    report.ledger.findings.length > 0 ||
    report.findings.length > 0
  );
}

export async function verify(dataFolder: string, withoutHashes = false): Promise<FolderReport> {
  return await verifyFolder({
    config: { dataFolder, anchorFile: `${dataFolder}.anchor`, databaseUrl: null },
    ...{ env: {}, vkeys: [], withoutHashes },
  });
}
