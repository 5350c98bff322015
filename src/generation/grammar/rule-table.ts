/** Rules under construction, with names of their own. */
import type { Expression } from "./expression.ts";
import { EMPTY, rule } from "./expression.ts";
import { GRAMMAR_LIMITS, tooComplex } from "./limits.ts";

export class RuleTable {
  readonly rules = new Map<string, Expression>();

  /** The name of a new rule; its body is set later. */
  reserve(kind: string): string {
    if (this.rules.size >= GRAMMAR_LIMITS.rules) throw tooComplex("compile a grammar", "rules", "rules");
    const name = `${kind} ${this.rules.size}`;
    this.rules.set(name, EMPTY);
    return name;
  }

  set(name: string, body: Expression): void {
    this.rules.set(name, body);
  }

  /** A reference to a new rule with this body. */
  add(kind: string, body: Expression): Expression {
    const name = this.reserve(kind);
    this.rules.set(name, body);
    return rule(name);
  }
}
