/** The version of the package, as the status and the OpenAPI document show it. */
import about from "../../package.json" with { type: "json" };

export const VERSION = about.version;
