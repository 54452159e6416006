/** What is wrong with the files of the keys, for `heed doctor`. */
import type { Finding } from "../app/finding.ts";
import type { LogKeys } from "../app/log-keys.ts";
import type { KeyFolder } from "./key-folder.ts";

export interface Examined {
  readonly keys: Pick<LogKeys, "origin" | "signer" | "change" | "vkeys">;
  /** One sentence; `null` when the key in force is here. */
  readonly missing: string | null;
  /** HEED_ORIGIN. */
  readonly originAsked: string | null;
}

export async function examineKeyFiles(
  folder: KeyFolder,
  { keys, missing, originAsked }: Examined,
): Promise<readonly Finding[]> {
  const findings = await examinePermissions(folder);
  if (missing !== null) {
    findings.push({
      level: "problem",
      text: missing,
      whatToDo:
        `Copy \`signing-key\`, \`retired-vkeys\` and \`handover-*\` into ${folder.path} from the ` +
        "server that rotated it, or put it first in HEED_SIGNING_KEY, and start again. If it is " +
        "gone for good: `heed rotate signing-key --lost --by NAME`.",
    });
  } else if (keys.change !== null) {
    findings.push({
      level: "warning",
      text: `the new signing key \`${keys.change.to.keyId}\` is not in the ledger yet`,
      whatToDo: "Start the server again once it is not locked any more.",
    });
  } else {
    const retired = keys.vkeys.length - 1;
    const more = retired === 0 ? "" : `; ${retired} retired key${retired === 1 ? "" : "s"}`;
    findings.push({ level: "ok", text: `the log is signed by \`${keys.signer?.keyId}\`${more}` });
  }
  if (originAsked !== null && originAsked !== keys.origin) {
    findings.push({
      level: "warning",
      text: `HEED_ORIGIN is ${originAsked}, but this log is called ${keys.origin} for life`,
      whatToDo: "Set HEED_ORIGIN to that name, or leave it out.",
    });
  }
  return findings;
}

async function examinePermissions(folder: KeyFolder): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (await folder.isOpen(".")) {
    findings.push({
      level: "problem",
      text: `${folder.path} can be read by others`,
      whatToDo: `Run \`chmod 700 ${folder.path}\`, and rotate the keys if somebody may have.`,
    });
  }
  for (const name of await folder.names()) {
    if (!(await folder.isOpen(name))) continue;
    const file = folder.fileOf(name);
    findings.push({
      level: "problem",
      text: `${file} can be read by others`,
      whatToDo: `Run \`chmod 600 ${file}\`, and rotate the keys if somebody may have.`,
    });
  }
  return findings;
}
