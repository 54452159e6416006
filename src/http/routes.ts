/** Every route group, one line each. */
import type { Api, ApiServer, ServerOptions } from "./api.ts";
import { addOptOutPage } from "./pages/opt-out-page.ts";
import { addSandboxPage } from "./pages/sandbox-page.ts";
import { addBackupRoutes } from "./routes/backups.ts";
import { addCheckRoutes } from "./routes/check.ts";
import { addChoiceRoutes } from "./routes/choices.ts";
import { addDealingRoutes } from "./routes/dealings.ts";
import { addDestinationRoutes } from "./routes/destinations.ts";
import { addEntryRoutes } from "./routes/entries.ts";
import { addErasureRoutes } from "./routes/erasures.ts";
import { addEvidenceRoutes } from "./routes/evidence.ts";
import { addHealthRoutes } from "./routes/health.ts";
import { addImportRoutes } from "./routes/imports.ts";
import { addInboundRoutes } from "./routes/inbound.ts";
import { addKeyRoutes } from "./routes/keys.ts";
import { addLedgerRoutes } from "./routes/ledger.ts";
import { addLedgerAdminRoutes } from "./routes/ledger-admin.ts";
import { addListRoutes } from "./routes/lists.ts";
import { addMessageRoutes } from "./routes/messages.ts";
import { addObligationRoutes } from "./routes/obligations.ts";
import { addPeopleRoutes } from "./routes/people.ts";
import { addProblemRoutes } from "./routes/problems.ts";
import { addReferenceRoutes } from "./routes/reference.ts";
import { addScrubRoutes } from "./routes/scrubs.ts";
import { addSenderRoutes } from "./routes/senders.ts";
import { addSendRoutes } from "./routes/sends.ts";
import { addSourceRoutes } from "./routes/sources.ts";
import { addStatusRoutes } from "./routes/status.ts";
import { addSuspensionRoutes } from "./routes/suspensions.ts";

export async function addRoutes(
  server: ApiServer,
  api: Api,
  options: ServerOptions,
): Promise<void> {
  addChoiceRoutes(server, api);
  addDealingRoutes(server, api);
  addCheckRoutes(server, api);
  addMessageRoutes(server, api);
  addPeopleRoutes(server, api);
  addObligationRoutes(server, api);
  addEvidenceRoutes(server, api);
  addErasureRoutes(server, api);
  addEntryRoutes(server, api);
  addLedgerRoutes(server, api);
  addLedgerAdminRoutes(server, api);
  await addListRoutes(server, api);
  await addImportRoutes(server, api);
  await addScrubRoutes(server, api);
  await addInboundRoutes(server, api);
  addSendRoutes(server, api);
  addSenderRoutes(server, api);
  addSourceRoutes(server, api);
  addDestinationRoutes(server, api);
  addSuspensionRoutes(server, api);
  addKeyRoutes(server, api);
  addStatusRoutes(server, api);
  addBackupRoutes(server, api);
  addHealthRoutes(server, api);
  addProblemRoutes(server);
  addReferenceRoutes(server);
  await addOptOutPage(server, api);
  if (options.sandbox) addSandboxPage(server, api.deps, options.sandbox);
}
