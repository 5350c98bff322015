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

/** For the package's model, which is small: what it was trained to do. */
const SMALL: readonly Starter[] = [
  { label: "Order a story", text: "Tell me a story about ⟨a shy llama and a lantern⟩." },
  {
    label: "Ask about a tale",
    text: "⟨Mira gave her kite to the baker. The baker put it into a drum.⟩\n\nWho got the kite?",
  },
  { label: "Tell it something", text: "My cat is named ⟨Biscuit⟩." },
  { label: "Find an opposite", text: "What is the opposite of ⟨early⟩?" },
  { label: "Ask who answers", text: "Who are you?⟨⟩" },
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
  const continues = model?.about?.hasChatTemplate === false;
  const starters = continues ? BEGINNINGS : isPackageModel(model) ? SMALL : STARTERS;
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
          {starters.map(({ label, text }) => (
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

/** By its name: the page's own, or that of a server, which adds the type of its weights. */
const isPackageModel = (model: ModelState | undefined): boolean =>
  model?.name.startsWith(PACKAGE_MODEL) === true;

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
