// The share of the proof `foreign-eyes` that runs with every test run: see prove/foreign-eyes.ts.
import * as proof from "../../prove/foreign-eyes.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
