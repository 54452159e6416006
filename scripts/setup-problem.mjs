// What goes wrong while installing, in words: what it is, and what to do about it. npm's own lines
// follow, because they name the package, the path or the address.

/** A failure whose message is for the person who typed the command. */
export class SetupProblem extends Error {}

const CAUSES = [
  {
    signs: /\bENOENT\b.*\bspawn\b|\bspawn\b.*\bENOENT\b/u,
    says: () =>
      "npm was not found. Heed needs npm 9 or later: it comes with Node.js, from your " +
      "distribution or from https://nodejs.org.",
  },
  {
    signs: /\b(ENOSPC|EDQUOT)\b|no space left/iu,
    says: (root) =>
      `The disk is full. Free about 1 GB where \`${root}\` and the temporary folder lie, and start again.`,
  },
  {
    signs: /\b(EACCES|EPERM|EROFS)\b/u,
    says: (root) =>
      `A folder cannot be written by this user: \`${root}\`, or npm's cache under the home folder. ` +
      "Clone to a folder of your own, and see that HOME is one too.",
  },
  {
    signs: /\bEUSAGE\b|in sync|can only install with an existing package-lock/u,
    says: () =>
      "package-lock.json does not fit package.json. Get both back with " +
      "`git checkout package.json package-lock.json`.",
  },
  {
    signs:
      /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|CERT_\w+|SELF_SIGNED\w+|UNABLE_TO_\w+|DEPTH_ZERO\w+)\b/u,
    says: () =>
      "The package registry cannot be reached. Check the network. Behind a proxy: `npm config set " +
      "https-proxy <address>`. With a registry of your own: `npm config set registry <address>`. " +
      "With a certificate authority of your own: `npm config set cafile <file>`.",
  },
  {
    signs: /\bE(401|403|404|5\d\d)\b/u,
    says: () =>
      "The package registry refused a package. See which one below, and which registry is asked: " +
      "`npm config get registry`.",
  },
  {
    signs: /\bEINTEGRITY\b/u,
    says: () =>
      "A package did not arrive as package-lock.json knows it. Run `npm cache clean --force` and " +
      "start again; if it stays, the registry or a proxy hands out something else: do not run it.",
  },
];

/** `said` is everything npm printed. */
export function problemWith(said, root) {
  const cause = CAUSES.find(({ signs }) => signs.test(said));
  const lead = cause ? cause.says(root) : "Installing failed.";
  const lines = said
    .split("\n")
    .filter((line) => line.trim() !== "" && !line.includes("complete log of this run"));
  return new SetupProblem([lead, "npm said:", ...lines.slice(0, 20)].join("\n  "));
}
