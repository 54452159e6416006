// The share of the proof `erasure` that runs with every test run: see prove/erasure.ts.
import * as proof from "../../prove/erasure.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
