#!/usr/bin/env node
/** The program `cria`. Everything else is loaded after Node knows where it keeps compiled modules. */
import { keepCompiledModules } from "./compiled-modules.ts";

keepCompiledModules();
const { runCommandLine } = await import("./command.ts");
await runCommandLine();
