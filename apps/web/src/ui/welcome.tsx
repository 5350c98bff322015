/** What a new chat shows: what can be asked, as beginnings that go into the field. */
import { useApp } from "../app.ts";
import { useCell } from "../base/cell.ts";
import type { ModelState } from "../engine/engine.ts";
import { PACKAGE_MODEL } from "../engine/shelf.ts";

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

/** For models that continue texts. */
const BEGINNINGS: readonly Starter[] = [
  {
    label: "Once upon a time …",
    text: "Once upon a time, there was ⟨a young llama who was afraid of heights⟩.",
  },
  { label: "One day …", text: "One day, ⟨a small boat⟩ came down the river." },
  { label: "A dialogue", text: '"Where are you going?" asked ⟨the goat⟩.' },
];

export function Welcome() {
  const app = useApp();
  const state = useCell(app.state);
  const name = app.settings.model;
  const model = state?.models.find((each) => each.name === name) ?? state?.models[0];
  const continues =
    model?.about?.hasChatTemplate === false || (app.browserEngine !== undefined && isStories(model));
  return (
    <div class="welcome">
      <div class="welcome-body">
        <h2>{continues ? "How does the story begin?" : "What shall we talk about?"}</h2>
        <p class="soft">
          {continues && "This model continues texts: write a beginning. "}
          {app.browserEngine === undefined
            ? `${name ?? model?.name ?? "The model"} answers from your server. Chats stay in this browser.`
            : "The model runs in this browser. Nothing you write leaves it."}
        </p>
        <ul class="starters">
          {(continues ? BEGINNINGS : STARTERS).map(({ label, text }) => (
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

/** The package's model is known before it is loaded. */
const isStories = (model: ModelState | undefined): boolean => model?.name === PACKAGE_MODEL;

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
