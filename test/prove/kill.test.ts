// The share of the proof `kill` that runs with every test run: see prove/kill.ts.
import * as proof from "../../prove/kill.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
