// The share of the proof `power-cut` that runs with every test run: see prove/power-cut.ts.
import * as proof from "../../prove/power-cut.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
