// The proof `vectors` runs whole with every test run: see prove/vectors.ts.
import * as proof from "../../prove/vectors.ts";
import { testProof } from "./test-proof.ts";

testProof(proof);
