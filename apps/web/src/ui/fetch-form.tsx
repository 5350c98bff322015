/** Fetches a model by its name or address, after its licence was accepted. */
import { useState } from "preact/hooks";
import { useApp } from "../app.ts";
import type { LicenceTerms } from "../engine/protocol.ts";
import { Icon } from "./icons.tsx";

const INTERRUPTED = "This transfer was stopped. What has come is kept; fetch again to go on.";

/** What was being fetched when the page was last closed or reloaded. */
const unfinished = {
  read: (): string => localStorage.getItem("cria-fetching") ?? "",
  write: (reference: string): void => localStorage.setItem("cria-fetching", reference),
};

export function FetchForm({ placeholder }: { readonly placeholder: string }) {
  const app = useApp();
  const [reference, setReference] = useState(unfinished.read);
  const [running, setRunning] = useState<AbortController | undefined>(undefined);
  const [terms, setTerms] = useState<LicenceTerms | undefined>(undefined);
  const [problem, setProblem] = useState(() => (reference === "" ? "" : INTERRUPTED));
  const start = async (accept?: string): Promise<void> => {
    const abort = new AbortController();
    let asked: LicenceTerms | undefined;
    setRunning(abort);
    setProblem("");
    setTerms(undefined);
    unfinished.write(reference.trim());
    try {
      const ask = (found: LicenceTerms): void => {
        asked = found;
      };
      const name = await app.engine.fetchModel(reference.trim(), {
        ...(accept === undefined ? {} : { accept }),
        signal: abort.signal,
        terms: ask,
      });
      unfinished.write("");
      setReference("");
      await app.refresh();
      app.toast(`${name} is here`, { label: "Chat", run: () => app.chatWith(name) });
    } catch (error) {
      if (!abort.signal.aborted) unfinished.write("");
      if (asked !== undefined) setTerms(asked);
      else setProblem(abort.signal.aborted ? INTERRUPTED : (error as Error).message);
    } finally {
      setRunning(undefined);
    }
  };
  return (
    <form
      class="fetch-form grow"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <div class="row">
        <input
          class="input grow"
          aria-label="Address of a model"
          placeholder={placeholder}
          value={reference}
          onInput={({ currentTarget }) => setReference(currentTarget.value)}
        />
        {running === undefined ? (
          <button type="submit" class="button" disabled={reference.trim() === ""}>
            <Icon name="download" /> Fetch
          </button>
        ) : (
          <button type="button" class="button" onClick={() => running.abort()}>
            Stop
          </button>
        )}
      </div>
      {problem !== "" && (
        <p class="note danger" role="alert">
          {problem}
        </p>
      )}
      {terms !== undefined && (
        <div class="note" role="alert">
          <span>
            This model has the licence <strong>{terms.license}</strong>, with its own terms.
            <pre class="terms">{terms.text}</pre>
            <button type="button" class="button small primary" onClick={() => void start(terms.digest)}>
              Accept and fetch
            </button>
          </span>
        </div>
      )}
    </form>
  );
}
