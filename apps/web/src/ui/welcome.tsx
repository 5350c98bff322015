/** What a new chat shows: what can be asked, as beginnings that go into the field. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";

interface Starter {
  readonly label: string;
  /** The part in ⟨ ⟩ is selected, to be replaced. */
  readonly text: string;
}

const STARTERS: readonly Starter[] = [
  { label: "Tell a story", text: "Tell me a short story about ⟨a young llama who is afraid of heights⟩." },
  { label: "Explain", text: "Explain ⟨how rainbows form⟩ to a ten-year-old." },
  { label: "Translate", text: "Translate into ⟨French⟩:\n\n⟨text⟩" },
  { label: "Rewrite", text: "Rewrite this so that it is clear and short:\n\n⟨text⟩" },
  { label: "Judge the tone", text: "Is the tone of this message positive, negative or neutral?\n\n⟨text⟩" },
  { label: "Follow an instruction", text: "⟨Instruction⟩\n\nInput:\n⟨text⟩" },
];

export function Welcome() {
  const app = useApp();
  const state = useCell(app.state);
  const name = app.settings.model ?? state?.models[0]?.name;
  return (
    <div class="welcome">
      <div class="welcome-body">
        <h2>What shall we talk about?</h2>
        <p class="soft">
          {app.engine.kind === "browser"
            ? "The model runs in this browser. Nothing you write leaves it."
            : name === undefined
              ? "Chats stay in this browser."
              : `${name} answers from your server. Chats stay in this browser.`}
        </p>
        <ul class="starters">
          {STARTERS.map(({ label, text }) => (
            <li key={label}>
              <button type="button" class="starter" onClick={() => fill(text)}>
                {label}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** Puts a beginning into the field and selects what is to be replaced. */
function fill(text: string): void {
  const field = document.querySelector<HTMLTextAreaElement>("#composer");
  if (field === null) return;
  const from = text.indexOf("⟨");
  const to = text.indexOf("⟩") - 1;
  field.value = text.replace(/[⟨⟩]/g, "");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
  field.setSelectionRange(from, to);
}
