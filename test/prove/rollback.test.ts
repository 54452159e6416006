// The share of the proof `rollback` that runs with every test run: see prove/rollback.ts.
import * as proof from "../../prove/rollback.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
