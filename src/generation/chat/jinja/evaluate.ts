/**
 * Evaluates a parsed chat template. Cria does not use the package's own interpreter, for three reasons: it has no
 * budget against hostile templates, its strings do not record their origin, and it differs from Python's Jinja, for
 * which templates are written (scope of loops, equality, lengths, printing).
 */

import type { Budget } from "./budget.ts";
import { applyFilter } from "./filters.ts";
import { listOf } from "./list-filters.ts";
import { changeWatch, loopState } from "./loop-state.ts";
import { methodOf } from "./methods.ts";
import type { Binary, CallBlock, FilterCall, For, Member, Node, Parameter, SetNode } from "./nodes.ts";
import { applyOperator, item, slice } from "./operators.ts";
import { toText } from "./print.ts";
import { runTest } from "./tests.ts";
import { Text } from "./text.ts";
import { WITH_NAME } from "./tokens.ts";
import {
  type CallArguments,
  Callable,
  Dict,
  Float,
  isList,
  isTrue,
  Namespace,
  numberOf,
  typeName,
  type Value,
} from "./values.ts";

/** Visible names; inner scopes shadow outer ones and never write to them. */
class Scope {
  readonly #names: Map<string, Value>;
  readonly #outer: Scope | undefined;
  constructor(outer?: Scope, names = new Map<string, Value>()) {
    this.#outer = outer;
    this.#names = names;
  }
  get(name: string): Value {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.#outer) {
      if (scope.#names.has(name)) return scope.#names.get(name);
    }
    return undefined;
  }
  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }
}

type Jump = "break" | "continue" | undefined;

/** @returns the rendered text. @throws Error of any kind; the caller adds the template's name. */
export function evaluateTemplate(body: readonly Node[], names: Map<string, Value>, budget: Budget): Text {
  const evaluator = new Evaluator(budget);
  const out: Text[] = [];
  evaluator.block(body, new Scope(undefined, names), out);
  return Text.concat(out);
}

class Evaluator {
  readonly #budget: Budget;
  #written = 0;
  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Writes what nodes render to `out`; a break or continue leaves the block early. */
  block(body: readonly Node[], scope: Scope, out: Text[]): Jump {
    for (const node of body) {
      this.#budget.step();
      const jump = this.#statement(node, scope, out);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #statement(node: Node, scope: Scope, out: Text[]): Jump {
    switch (node.type) {
      case "If":
        return this.block(isTrue(this.#value(node.test, scope)) ? node.body : node.alternate, scope, out);
      case "For":
        if (node.loopvar.type === "Identifier" && node.loopvar.value === WITH_NAME)
          return this.#with(node, scope, out);
        this.#for(node, scope, out);
        return undefined;
      case "Set":
        this.#set(node, scope);
        return undefined;
      case "Macro":
        scope.set(node.name.value, this.#macro(node.name.value, node.args, node.body, scope));
        return undefined;
      case "CallStatement":
        this.#write(this.#callBlock(node, scope), out);
        return undefined;
      case "FilterStatement":
        this.#write(this.#filter(this.#capture(node.body, new Scope(scope)), node.filter, scope), out);
        return undefined;
      case "Comment":
        return undefined;
      case "Break":
        return "break";
      case "Continue":
        return "continue";
      default:
        this.#write(this.#value(node, scope), out);
        return undefined;
    }
  }

  #write(value: Value, out: Text[]): void {
    const text = toText(value, this.#budget);
    this.#written += text.length;
    if (
      this.#written > this.#budget.limits.outputLength * 4 ||
      text.length > this.#budget.limits.outputLength
    ) {
      throw this.#budget.exceeded(`${this.#budget.limits.outputLength} characters of output`);
    }
    this.#budget.elements(text.runs.length);
    out.push(text);
  }

  #capture(body: readonly Node[], scope: Scope): Text {
    const out: Text[] = [];
    this.block(body, scope, out);
    return Text.concat(out);
  }

  #for(node: For, scope: Scope, out: Text[]): void {
    const select = node.iterable.type === "SelectExpression" ? node.iterable : undefined;
    let items = listOf(this.#value(select?.lhs ?? node.iterable, scope), this.#budget);
    if (select !== undefined) {
      items = items.filter((element) => {
        this.#budget.step();
        const inner = new Scope(scope);
        this.#bind(node.loopvar, element, inner);
        return isTrue(this.#value(select.test, inner));
      });
    }
    const changed = changeWatch(this.#budget);
    for (let i = 0; i < items.length; i++) {
      this.#budget.step();
      this.#budget.spend(16);
      const inner = new Scope(scope);
      inner.set("loop", loopState(items, i, changed));
      this.#bind(node.loopvar, items[i], inner);
      if (this.block(node.body, inner, out) === "break") break;
    }
    if (items.length === 0) this.block(node.defaultBlock, new Scope(scope), out);
  }

  /** `{% with %}`, which tokens.ts rewrote as a loop over a dict of its names. */
  #with(node: For, scope: Scope, out: Text[]): Jump {
    const names = this.#value(node.iterable, scope);
    const inner = new Scope(scope);
    if (names instanceof Dict) for (const [key, [, value]] of names.entries) inner.set(String(key), value);
    return this.block(node.body, inner, out);
  }

  /** Binds a name to a value, or several names to the items of a list. */
  #bind(target: Node, value: Value, scope: Scope): void {
    if (target.type === "Identifier") {
      scope.set(target.value, value);
    } else if (target.type === "TupleLiteral") {
      if (!isList(value) || value.length !== target.value.length) {
        throw new Error(`cannot unpack ${typeName(value)} into ${target.value.length} names`);
      }
      target.value.forEach((name, i) => {
        this.#bind(name, value[i], scope);
      });
    } else {
      throw new Error("only names can be assigned to");
    }
  }

  #set(node: SetNode, scope: Scope): void {
    const value =
      node.value === null ? this.#capture(node.body, new Scope(scope)) : this.#value(node.value, scope);
    const target = node.assignee;
    // {% set name | filter %}…{% endset %}
    if (target.type === "FilterExpression" && node.value === null) {
      this.#bind(target.operand, this.#filter(value, target.filter, scope), scope);
      return;
    }
    if (target.type !== "MemberExpression") {
      this.#bind(target, value, scope);
      return;
    }
    const object = this.#value(target.object, scope);
    if (!(object instanceof Namespace) || target.property.type !== "Identifier") {
      throw new Error("only a namespace's attributes can be set");
    }
    object.attributes.set(target.property.value, value);
  }

  #macro(name: string, parameters: readonly Parameter[], body: readonly Node[], scope: Scope): Callable {
    return new Callable(name, (call) =>
      this.#budget.nest(() => {
        const inner = new Scope(scope);
        this.#bindParameters(parameters, call, inner);
        return this.#capture(body, inner);
      }),
    );
  }

  #bindParameters(parameters: readonly Parameter[], { args, named }: CallArguments, scope: Scope): void {
    const rest = new Map(named);
    parameters.forEach((parameter, i) => {
      const name = parameter.type === "Identifier" ? parameter.value : parameter.key.value;
      let value = i < args.length ? args[i] : rest.get(name);
      if (value === undefined && parameter.type !== "Identifier") value = this.#value(parameter.value, scope);
      rest.delete(name);
      scope.set(name, value);
    });
    scope.set("caller", rest.get("caller"));
    rest.delete("caller");
    this.#budget.spend(args.length);
    scope.set("varargs", args.slice(parameters.length));
    scope.set("kwargs", new Dict(Array.from(rest, ([key, value]) => [Text.of(key), value] as const)));
  }

  #callBlock(node: CallBlock, scope: Scope): Value {
    const callee = this.#value(node.call.callee, scope);
    const caller = this.#macro("caller", node.callerArgs ?? [], node.body, scope);
    const { args, named } = this.#arguments(node.call.args, scope);
    return this.#call(callee, { args, named: new Map([...named, ["caller", caller]]) });
  }

  #arguments(nodes: readonly Node[], scope: Scope): CallArguments {
    const args: Value[] = [];
    const named = new Map<string, Value>();
    for (const node of nodes) {
      if (node.type === "KeywordArgumentExpression")
        named.set(node.key.value, this.#value(node.value, scope));
      else if (node.type === "SpreadExpression") {
        const spread = listOf(this.#value(node.argument, scope), this.#budget);
        this.#budget.spend(spread.length);
        for (const value of spread) args.push(value);
      } else if (node.type === "KeywordSpreadExpression") {
        const spread = this.#value(node.argument, scope);
        if (!(spread instanceof Dict)) throw new Error(`expected a dict after **, got ${typeName(spread)}`);
        for (const [key, [, value]] of spread.entries) named.set(String(key), value);
      } else args.push(this.#value(node, scope));
    }
    return { args, named };
  }

  #call(callee: Value, call: CallArguments): Value {
    if (!(callee instanceof Callable)) throw new Error(`${typeName(callee)} cannot be called`);
    return callee.call(call);
  }

  #filter(value: Value, filter: FilterCall, scope: Scope): Value {
    const name = filter.type === "Identifier" ? filter : filter.callee;
    if (name.type !== "Identifier") throw new Error("a filter must be a name");
    const args = filter.type === "Identifier" ? [] : filter.args;
    return applyFilter(name.value, value, this.#arguments(args, scope), this.#budget);
  }

  #value(node: Node, scope: Scope): Value {
    this.#budget.step();
    switch (node.type) {
      case "StringLiteral":
        return Text.of(node.value);
      case "IntegerLiteral":
        return node.value;
      case "FloatLiteral":
        return new Float(node.value);
      case "ArrayLiteral":
      case "TupleLiteral":
        return node.value.map((element) => this.#value(element, scope));
      case "ObjectLiteral":
        return this.#dict(node.value, scope);
      case "Identifier":
        return scope.get(node.value);
      case "MemberExpression":
        return this.#member(node, scope);
      case "CallExpression": {
        const callee = this.#value(node.callee, scope);
        return this.#call(callee, this.#arguments(node.args, scope));
      }
      case "UnaryExpression":
        return this.#unary(node.operator.value, this.#value(node.argument, scope));
      case "BinaryExpression":
        return this.#binary(node, scope);
      case "FilterExpression":
        return this.#filter(this.#value(node.operand, scope), node.filter, scope);
      case "TestExpression": {
        const value = this.#value(node.operand, scope);
        return runTest(node.test.value, value, undefined, this.#budget) !== node.negate;
      }
      case "SelectExpression":
        return isTrue(this.#value(node.test, scope)) ? this.#value(node.lhs, scope) : undefined;
      case "Ternary":
        return this.#value(
          isTrue(this.#value(node.condition, scope)) ? node.trueExpr : node.falseExpr,
          scope,
        );
      default:
        throw new Error(`${node.type} is not an expression`);
    }
  }

  #dict(entries: ReadonlyMap<Node, Node>, scope: Scope): Dict {
    return new Dict(
      Array.from(entries, ([keyNode, valueNode]) => {
        const key = this.#value(keyNode, scope);
        return [key, this.#value(valueNode, scope)] as const;
      }),
    );
  }

  /** `x.name` looks for a method first, `x["name"]` for an item first, as Jinja does. */
  #member(node: Member, scope: Scope): Value {
    const object = this.#value(node.object, scope);
    if (object === undefined) throw new Error(`${describe(node.object)} is undefined`);
    const { property } = node;
    if (property.type === "SliceExpression") {
      const at = (part: Node | undefined): number | undefined => {
        const value = part === undefined ? null : this.#value(part, scope);
        if (value === null) return undefined;
        const number = numberOf(value);
        if (number === undefined || !Number.isSafeInteger(number)) throw new Error("a slice needs integers");
        return number;
      };
      return slice(object, at(property.start), at(property.stop), at(property.step) ?? 1, this.#budget);
    }
    if (node.computed) {
      const key = this.#value(property, scope);
      const found = item(object, key, this.#budget);
      if (found !== undefined || !(key instanceof Text)) return found;
      return methodOf(object, key.value, this.#budget);
    }
    if (property.type === "IntegerLiteral") return item(object, property.value, this.#budget);
    if (property.type !== "Identifier") throw new Error("expected a name after the dot");
    return (
      methodOf(object, property.value, this.#budget) ?? item(object, Text.of(property.value), this.#budget)
    );
  }

  #unary(operator: string, value: Value): Value {
    if (operator === "not") return !isTrue(value);
    const number = numberOf(value);
    if (number === undefined) throw new Error(`cannot compute ${operator} of ${typeName(value)}`);
    const signed = operator === "-" ? -number : number;
    return value instanceof Float ? new Float(signed) : signed + 0;
  }

  #binary(node: Binary, scope: Scope): Value {
    const left = this.#value(node.left, scope);
    const operator = node.operator.value;
    if (operator === "and") return isTrue(left) ? this.#value(node.right, scope) : left;
    if (operator === "or") return isTrue(left) ? left : this.#value(node.right, scope);
    const right = this.#value(node.right, scope);
    if (!["==", "!=", "in", "not in", "~"].includes(operator)) {
      if (left === undefined) throw new Error(`${describe(node.left)} is undefined`);
      if (right === undefined) throw new Error(`${describe(node.right)} is undefined`);
    }
    return applyOperator(operator, left, right, this.#budget);
  }
}

/** A description of a node for error messages. */
function describe(node: Node): string {
  if (node.type === "Identifier") return `"${node.value}"`;
  if (node.type === "MemberExpression" && node.property.type === "Identifier")
    return `"${node.property.value}"`;
  return "a value";
}
