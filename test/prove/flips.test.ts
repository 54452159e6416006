// The share of the proof `flips` that runs with every test run: see prove/flips.ts.
import * as proof from "../../prove/flips.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
