/** The table of codecs: one row per storage type. */
import type { DType } from "../base/dtypes.ts";
import type { Codec } from "./codec.ts";
import { F8_E4M3, F8_E5M2 } from "./float8.ts";
import { BF16, F16, F32, F64 } from "./floats.ts";
import { BOOL, I8, I16, I32, I64, U8, U16, U32, U64 } from "./integers.ts";
import { IQ1_M, IQ1_S } from "./iq1.ts";
import { IQ2_S, IQ2_XS, IQ2_XXS } from "./iq2.ts";
import { IQ3_S, IQ3_XXS } from "./iq3.ts";
import { IQ4_NL, IQ4_XS } from "./iq4.ts";
import { Q2_K } from "./q2-k.ts";
import { Q3_K } from "./q3-k.ts";
import { Q4_0, Q4_1 } from "./q4.ts";
import { Q4_K, Q5_K } from "./q4-k.ts";
import { Q5_0, Q5_1 } from "./q5.ts";
import { Q6_K } from "./q6-k.ts";
import { Q8_0, Q8_1, Q8_K } from "./q8.ts";
import { TQ1_0, TQ2_0 } from "./tq.ts";

/** Decoder and encoder of every storage type, by name. */
export const codecs: Readonly<Record<DType, Codec>> = {
  ...{ F32, F16, BF16, F64, F8_E4M3, F8_E5M2 },
  ...{ I8, I16, I32, I64, U8, U16, U32, U64, BOOL },
  ...{ Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q8_1 },
  ...{ Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, Q8_K },
  ...{ IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1_S, IQ1_M, IQ4_NL, IQ4_XS },
  ...{ TQ1_0, TQ2_0 },
};
