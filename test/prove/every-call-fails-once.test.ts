// The share of the proof `every-call-fails-once` that runs with every test run.
import * as proof from "../../prove/every-call-fails-once.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
