/**
 * The vector instructions that kernels use, one line each, in the notation of Intel's manual (volume 2):
 *
 *   name   form  prefix.map.W opcode[/digit]  tuple  operands  [b32] [vex | evex] [avxvnni]
 *
 * form      order of the operands in the encoding: `rvm` reg, vvvv, rm · `rm` · `mr` · `vm` (reg holds /digit) · …;
 *           `i` appended: an 8-bit immediate follows; `r` appended: a fourth register in the immediate (is4)
 * tuple     bytes of a memory operand, which is also the unit of EVEX's 8-bit displacement: full = the vector,
 *           half, quarter, eighth of it, or a number
 * operands  class of each: V vector of the full width, H half, Q quarter, E eighth (never below xmm), X always
 *           xmm, Y ymm, K opmask, D 32-bit and G 64-bit general register; where VEX and EVEX differ, two lists
 * b32       EVEX can repeat one 32-bit memory element in every lane
 * vex/evex  only that encoding exists (else both); avxvnni: the VEX form needs AVX-VNNI
 *
 * The memory operand of gathers has a vector register as its index (VSIB).
 */
const TABLE = `
vaddps       rvm  NP.0F.W0 58      full    V,V,V b32
vsubps       rvm  NP.0F.W0 5C      full    V,V,V b32
vmulps       rvm  NP.0F.W0 59      full    V,V,V b32
vdivps       rvm  NP.0F.W0 5E      full    V,V,V b32
vminps       rvm  NP.0F.W0 5D      full    V,V,V b32
vmaxps       rvm  NP.0F.W0 5F      full    V,V,V b32
vsqrtps      rm   NP.0F.W0 51      full    V,V b32
vaddss       rvm  F3.0F.W0 58      4       X,X,X
vsubss       rvm  F3.0F.W0 5C      4       X,X,X
vmulss       rvm  F3.0F.W0 59      4       X,X,X
vdivss       rvm  F3.0F.W0 5E      4       X,X,X
vminss       rvm  F3.0F.W0 5D      4       X,X,X
vmaxss       rvm  F3.0F.W0 5F      4       X,X,X
vsqrtss      rvm  F3.0F.W0 51      4       X,X,X
vroundps     rmi  66.0F3A.W0 08    full    V,V vex
vroundss     rvmi 66.0F3A.W0 0A    4       X,X,X vex
vrndscaleps  rmi  66.0F3A.W0 08    full    V,V b32 evex
vrndscaless  rvmi 66.0F3A.W0 0A    4       X,X,X evex
vfmadd132ps  rvm  66.0F38.W0 98    full    V,V,V b32
vfmadd213ps  rvm  66.0F38.W0 A8    full    V,V,V b32
vfmadd231ps  rvm  66.0F38.W0 B8    full    V,V,V b32
vfnmadd132ps rvm  66.0F38.W0 9C    full    V,V,V b32
vfnmadd213ps rvm  66.0F38.W0 AC    full    V,V,V b32
vfnmadd231ps rvm  66.0F38.W0 BC    full    V,V,V b32
vfmadd132ss  rvm  66.0F38.W0 99    4       X,X,X
vfmadd213ss  rvm  66.0F38.W0 A9    4       X,X,X
vfmadd231ss  rvm  66.0F38.W0 B9    4       X,X,X
vfnmadd132ss rvm  66.0F38.W0 9D    4       X,X,X
vfnmadd213ss rvm  66.0F38.W0 AD    4       X,X,X
vfnmadd231ss rvm  66.0F38.W0 BD    4       X,X,X
vucomiss     rm   NP.0F.W0 2E      4       X,X
vpaddb       rvm  66.0F.W0 FC      full    V,V,V
vpaddw       rvm  66.0F.W0 FD      full    V,V,V
vpaddd       rvm  66.0F.W0 FE      full    V,V,V b32
vpsubb       rvm  66.0F.W0 F8      full    V,V,V
vpsubw       rvm  66.0F.W0 F9      full    V,V,V
vpsubd       rvm  66.0F.W0 FA      full    V,V,V b32
vpmullw      rvm  66.0F.W0 D5      full    V,V,V
vpmulld      rvm  66.0F38.W0 40    full    V,V,V b32
vpminsd      rvm  66.0F38.W0 39    full    V,V,V b32
vpmaxsd      rvm  66.0F38.W0 3D    full    V,V,V b32
vpmaddwd     rvm  66.0F.W0 F5      full    V,V,V
vpmaddubsw   rvm  66.0F38.W0 04    full    V,V,V
vpdpbusd     rvm  66.0F38.W0 50    full    V,V,V b32 avxvnni
vdpbf16ps    rvm  F3.0F38.W0 52    full    V,V,V b32 evex
vcvtne2ps2bf16 rvm F2.0F38.W0 72   full    V,V,V b32 evex
vpand        rvm  66.0F.W0 DB      full    V,V,V vex
vpor         rvm  66.0F.W0 EB      full    V,V,V vex
vpxor        rvm  66.0F.W0 EF      full    V,V,V vex
vpandn       rvm  66.0F.W0 DF      full    V,V,V vex
vpandd       rvm  66.0F.W0 DB      full    V,V,V b32 evex
vpord        rvm  66.0F.W0 EB      full    V,V,V b32 evex
vpxord       rvm  66.0F.W0 EF      full    V,V,V b32 evex
vpandnd      rvm  66.0F.W0 DF      full    V,V,V b32 evex
vpternlogd   rvmi 66.0F3A.W0 25    full    V,V,V b32 evex
vpslld       vmi  66.0F.W0 72/6    full    V,V
vpsrld       vmi  66.0F.W0 72/2    full    V,V
vpsrad       vmi  66.0F.W0 72/4    full    V,V
vpsllw       vmi  66.0F.W0 71/6    full    V,V
vpsrlw       vmi  66.0F.W0 71/2    full    V,V
vpsraw       vmi  66.0F.W0 71/4    full    V,V
vpcmpeqd     rvm  66.0F.W0 76      full    V,V,V vex
vpcmpgtd     rvm  66.0F.W0 66      full    V,V,V vex
vcmpps       rvmi NP.0F.W0 C2      full    V,V,V vex
vcmpps.k     rvmi NP.0F.W0 C2      full    K,V,V b32 evex
vpcmpd       rvmi 66.0F3A.W0 1F    full    K,V,V b32 evex
vblendvps    rvmr 66.0F3A.W0 4A    full    V,V,V vex
vblendmps    rvm  66.0F38.W0 65    full    V,V,V b32 evex
vcvtdq2ps    rm   NP.0F.W0 5B      full    V,V b32
vcvtps2dq    rm   66.0F.W0 5B      full    V,V b32
vcvtsi2ss    rvm  F3.0F.W1 2A      8       X,X,G
vcvtss2si    rm   F3.0F.W1 2D      4       G,X
vcvtph2ps    rm   66.0F38.W0 13    half    V,H
vcvtps2ph    mri  66.0F3A.W0 1D    half    H,V
vmovups      rm   NP.0F.W0 10      full    V,V
vmovups.st   mr   NP.0F.W0 11      full    V,V
vmovdqu      rm   F3.0F.W0 6F      full    V,V vex
vmovdqu.st   mr   F3.0F.W0 7F      full    V,V vex
vmovdqu32    rm   F3.0F.W0 6F      full    V,V evex
vmovdqu32.st mr   F3.0F.W0 7F      full    V,V evex
vmovdqu16    rm   F2.0F.W1 6F      full    V,V evex
vmovdqu16.st mr   F2.0F.W1 7F      full    V,V evex
vmovdqu8     rm   F2.0F.W0 6F      full    V,V evex
vmovdqu8.st  mr   F2.0F.W0 7F      full    V,V evex
vmovaps      rm   NP.0F.W0 28      full    V,V
vmovss       rm   F3.0F.W0 10      4       X,X
vmovss.st    mr   F3.0F.W0 11      4       X,X
vmovd        rm   66.0F.W0 6E      4       X,D
vmovd.st     mr   66.0F.W0 7E      4       D,X
vmovq        rm   66.0F.W1 6E      8       X,G
vmovq.st     mr   66.0F.W1 7E      8       G,X
vmaskmovps   rvm  66.0F38.W0 2C    full    V,V,V vex
vmaskmovps.st mvr 66.0F38.W0 2E    full    V,V,V vex
vmovmskps    rm   NP.0F.W0 50      full    D,V vex
vbroadcastss rm   66.0F38.W0 18    4       V,X
vpbroadcastd rm   66.0F38.W0 58    4       V,X
vpbroadcastd.r rm 66.0F38.W0 7C    4       V,D evex
vpmovsxbd    rm   66.0F38.W0 21    quarter V,Q
vpmovzxbd    rm   66.0F38.W0 31    quarter V,Q
vpmovsxwd    rm   66.0F38.W0 23    half    V,H
vpmovzxwd    rm   66.0F38.W0 33    half    V,H
vpmovsdb     mr   F3.0F38.W0 21    quarter Q,V evex
vpmovsdw     mr   F3.0F38.W0 23    half    H,V evex
vpmovdw      mr   F3.0F38.W0 33    half    H,V evex
vpackssdw    rvm  66.0F.W0 6B      full    V,V,V b32
vpackusdw    rvm  66.0F38.W0 2B    full    V,V,V b32
vpacksswb    rvm  66.0F.W0 63      full    V,V,V
vpinsrb      rvmi 66.0F3A.W0 20    1       X,X,D
vpinsrw      rvmi 66.0F.W0 C4      2       X,X,D
vpextrb      mri  66.0F3A.W0 14    1       D,X
vpextrw      mri  66.0F3A.W0 15    2       D,X
vpermd       rvm  66.0F38.W0 36    full    V,V,V b32
vpermw       rvm  66.0F38.W1 8D    full    V,V,V evex
vpermps      rvm  66.0F38.W0 16    full    V,V,V b32
vpermi2d     rvm  66.0F38.W0 76    full    V,V,V b32 evex
vpermt2d     rvm  66.0F38.W0 7E    full    V,V,V b32 evex
vpermt2w     rvm  66.0F38.W1 7D    full    V,V,V evex
vptestmw     rvm  66.0F38.W1 26    full    K,V,V evex
vpblendmw    rvm  66.0F38.W1 66    full    V,V,V evex
vpblendw     rvmi 66.0F3A.W0 0E    full    V,V,V vex
vpgatherdd   rmv  66.0F38.W0 90    4       V,V,V vex
vpgatherdd.k rm   66.0F38.W0 90    4       V,V evex
vpblendd     rvmi 66.0F3A.W0 02    full    V,V,V vex
vperm2i128   rvmi 66.0F3A.W0 46    full    V,V,V vex
vshufps      rvmi NP.0F.W0 C6      full    V,V,V b32
vshufi32x4   rvmi 66.0F3A.W0 43    full    V,V,V b32 evex
vpshufb      rvm  66.0F38.W0 00    full    V,V,V
vpshufd      rmi  66.0F.W0 70      full    V,V b32
vpunpcklwd   rvm  66.0F.W0 61      full    V,V,V
vpunpckhwd   rvm  66.0F.W0 69      full    V,V,V
vpunpckldq   rvm  66.0F.W0 62      full    V,V,V b32
vpunpckhdq   rvm  66.0F.W0 6A      full    V,V,V b32
vinserti128  rvmi 66.0F3A.W0 38    16      V,V,X vex
vinserti32x4 rvmi 66.0F3A.W0 38    16      V,V,X evex
vextracti128 mri  66.0F3A.W0 39    16      X,V vex
vextracti32x4 mri 66.0F3A.W0 39    16      X,V evex
vextracti64x4 mri 66.0F3A.W1 3B    32      Y,V evex
kmovw        rm   NP.0F.W0 92      4       K,D vex
kmovw.r      rm   NP.0F.W0 93      4       D,K vex
kmovw.k      rm   NP.0F.W0 90      2       K,K vex
kandw        rvm  NP.0F.W0.L1 41   2       K,K,K vex
korw         rvm  NP.0F.W0.L1 45   2       K,K,K vex
kxnorw       rvm  NP.0F.W0.L1 46   2       K,K,K vex
vzeroupper   -    NP.0F.W0 77      0       -
`;

export type OperandClass = "V" | "H" | "Q" | "E" | "X" | "Y" | "K" | "D" | "G";
export type Layout = "rvm" | "rm" | "mr" | "vm" | "mvr" | "rmv" | "-";
export type Tuple = "full" | "half" | "quarter" | "eighth" | number;

export interface VectorForm {
  readonly name: string;
  readonly layout: Layout;
  /** What follows the address: an immediate, or a register encoded in one. */
  readonly tail: "none" | "imm8" | "register";
  /** Mandatory prefix as the two-bit field pp: none, 66, F3, F2. */
  readonly pp: number;
  /** Opcode map: 1 = 0F, 2 = 0F38, 3 = 0F3A. */
  readonly map: number;
  readonly w: 0 | 1;
  /** VEX.L set although the operands are narrow (opmask ops). */
  readonly l1: boolean;
  readonly opcode: number;
  readonly digit: number;
  /** Indices of the operands in ModRM's middle field (-1: `digit`), in vvvv (-1: none), and in rm. */
  readonly reg: number;
  readonly vvvv: number;
  readonly rm: number;
  readonly tuple: Tuple;
  readonly operands: readonly OperandClass[];
  readonly broadcast: boolean;
  readonly vex: boolean;
  readonly evex: boolean;
  readonly avxVnni: boolean;
  /** The index of the memory operand is a vector register. */
  readonly vsib: boolean;
}

const PREFIXES = ["NP", "66", "F3", "F2"];
const MAPS = ["", "0F", "0F38", "0F3A"];

function parse(line: string): VectorForm {
  const [name, form, coding, code, tuple, operands, ...flags] = line.trim().split(/\s+/);
  const tail = form.endsWith("mi") || form.endsWith("ri") ? "imm8" : form === "rvmr" ? "register" : "none";
  const [prefix, map, w, l1] = coding.split(".");
  const [opcode, digit] = code.split("/");
  const layout = (tail === "none" ? form : form.slice(0, -1)) as Layout;
  return {
    name,
    layout,
    tail,
    pp: PREFIXES.indexOf(prefix),
    map: MAPS.indexOf(map),
    w: w === "W1" ? 1 : 0,
    l1: l1 === "L1",
    opcode: Number.parseInt(opcode, 16),
    digit: Number(digit ?? 0),
    reg: layout.indexOf("r"),
    vvvv: layout.indexOf("v"),
    rm: Math.max(layout.indexOf("m"), 0),
    tuple: /^\d+$/.test(tuple) ? Number(tuple) : (tuple as Tuple),
    operands: operands === "-" ? [] : (operands.split(",") as OperandClass[]),
    broadcast: flags.includes("b32"),
    vex: !flags.includes("evex"),
    evex: !flags.includes("vex"),
    avxVnni: flags.includes("avxvnni"),
    vsib: name.startsWith("vpgather"),
  };
}

export const VECTOR_FORMS: ReadonlyMap<string, VectorForm> = new Map(
  TABLE.trim()
    .split("\n")
    .map((line) => {
      const form = parse(line);
      return [form.name, form];
    }),
);

/**
 * The general-register instructions: name, form, opcode bytes, operand width in bytes (8: REX.W), immediate. Forms:
 * `rm` reg ← rm, `mr` rm ← reg, `m` rm with /digit, `none`. `imm32`/`imm8` follow the address.
 */
const GENERAL_TABLE = `
mov      rm   8B      8
mov.d    rm   8B      4
mov.st   mr   89      8
mov.std  mr   89      4
mov.stw  mr   66.89   2
mov.stb  mr   88      1
movsxd   rm   63      8
movzx.b  rm   0F.B6   4.1
movzx.w  rm   0F.B7   4.2
movsx.b  rm   0F.BE   8.1
movsx.w  rm   0F.BF   8.2
mov.i    m    C7/0    8 imm32
lea      rm   8D      8
add      rm   03      8
or       rm   0B      8
and      rm   23      8
sub      rm   2B      8
xor      rm   33      8
cmp      rm   3B      8
add.i    m    81/0    8 imm32
or.i     m    81/1    8 imm32
and.i    m    81/4    8 imm32
sub.i    m    81/5    8 imm32
xor.i    m    81/6    8 imm32
cmp.i    m    81/7    8 imm32
add.i8   m    83/0    8 imm8
or.i8    m    83/1    8 imm8
and.i8   m    83/4    8 imm8
sub.i8   m    83/5    8 imm8
xor.i8   m    83/6    8 imm8
cmp.i8   m    83/7    8 imm8
test     mr   85      8
test.i   m    F7/0    4 imm32
neg      m    F7/3    8
imul     rm   0F.AF   8
imul.i   rm   69      8 imm32
div      m    F7/6    8
shl.i    m    C1/4    8 imm8
shr.i    m    C1/5    8 imm8
sar.i    m    C1/7    8 imm8
cmovl    rm   0F.4C   8
cmovg    rm   0F.4F   8
call     m    FF/2    4
prefetcht0  m 0F.18/1 4
prefetcht1  m 0F.18/2 4
prefetchnta m 0F.18/0 4
lock.xadd   mr F0.0F.C1 4
xchg        mr 87     4
`;

export interface GeneralForm {
  readonly name: string;
  readonly layout: "rm" | "mr" | "m";
  /** Mandatory or lock prefix, before REX; 0: none. */
  readonly prefix: number;
  readonly opcode: readonly number[];
  readonly digit: number;
  readonly width: number;
  /** Width of the rm operand if it is narrower than `width`. */
  readonly rmWidth: number;
  readonly immediate: 0 | 1 | 4;
}

export const GENERAL_FORMS: ReadonlyMap<string, GeneralForm> = new Map(
  GENERAL_TABLE.trim()
    .split("\n")
    .map((line) => {
      const [name, layout, code, widths, imm] = line.trim().split(/\s+/);
      const [opcode, digit] = code.split("/");
      const [width, rmWidth] = widths.split(".").map(Number);
      const bytes = opcode.split(".").map((byte) => Number.parseInt(byte, 16));
      const hasPrefix = bytes[0] === 0x66 || bytes[0] === 0xf0;
      const form: GeneralForm = {
        name,
        layout: layout as GeneralForm["layout"],
        prefix: hasPrefix ? bytes[0] : 0,
        opcode: hasPrefix ? bytes.slice(1) : bytes,
        digit: Number(digit ?? 0),
        width,
        rmWidth: rmWidth ?? width,
        immediate: imm === "imm32" ? 4 : imm === "imm8" ? 1 : 0,
      };
      return [name, form];
    }),
);

/** BMI2 shifts: dst ← rm shifted by vvvv; the prefix pp names the shift. */
export const BMI2_SHIFTS: Readonly<Record<"shl" | "shr" | "sar", number>> = { shl: 1, shr: 3, sar: 2 };
