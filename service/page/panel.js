// The sentence in hand: probabilities, voice, flags, and the words that carry a label.

import { make, percent } from "./dom.js";
import { sample } from "./look.js";
import { slicer } from "./text.js";

const FLAGS = {
  ambiguous: "ambiguous: no label is clearly ahead, or the one given is not the most probable",
  language: "language: the sentence does not read as English, which is all the model knows",
  off_topic: "off topic: the article does not name every side of the target",
  truncated: "truncated: too long for the model, which read only the beginning",
};
const WORDS_LISTED = 6;

/** Fill `place` with what is known of `sentence`. `found` is null or {label, answer | pending | failure}; `explain(label)` asks for the words. */
export function showSentence(place, sentence, look, found, explain) {
  const style = look.get(sentence.label);
  const focused = place.contains(document.activeElement) ? document.activeElement.dataset.label : undefined;
  place.replaceChildren(
    make("h3", { class: style.css }, sample(style), `${sentence.label} ${percent(sentence.probabilities[sentence.label])}`),
    make("p", { class: "quote", dir: "auto" }, ...(found?.answer ? weighed(sentence.text, found.answer.words) : [sentence.text])),
    probabilities(sentence, look, found, explain),
    make("p", { class: "soft" }, voiceOf(sentence)),
    ...sentence.flags.map((flag) => make("p", { class: "flag" }, FLAGS[flag] ?? flag)),
    ...wordsOf(found),
  );
  // The button that was pressed is a new one now; without this the keyboard would be thrown back to the top of the page.
  if (focused !== undefined) [...place.querySelectorAll("button")].find((button) => button.dataset.label === focused)?.focus();
}

/** Fill `place` with how to use it, while no sentence is in hand. */
export function showNothing(place) {
  place.replaceChildren(make("p", { class: "soft" }, "Point at a sentence for its probabilities; click it, or press Enter, for the words that carry its stance."));
}

const voiceOf = (sentence) => (sentence.voice === "source" ? `Said by ${sentence.speaker ?? "a source the text does not name"}` : "In the outlet's own words");

function probabilities(sentence, look, found, explain) {
  const rows = [...look.values()].map((style) => {
    const value = sentence.probabilities[style.name];
    const fill = make("span", { class: `fill ${style.css}` });
    fill.style.width = `${(value * 100).toFixed(1)}%`;
    const button = make("button", { type: "button", class: "quiet", "data-label": style.name, "aria-pressed": String(found?.label === style.name), title: `Which words speak for ${style.name}?` }, style.name);
    button.addEventListener("click", () => explain(style.name));
    return make("tr", {}, make("th", { scope: "row" }, button), make("td", { class: "gauge", "aria-hidden": "true" }, fill), make("td", { class: "number" }, value.toFixed(2)));
  });
  return make("table", {}, make("caption", { class: "unseen" }, "Probability of each label"), make("tbody", {}, ...rows));
}

function weighed(text, words) {
  const slice = slicer(text);
  const most = Math.max(...words.map((word) => Math.abs(word.weight)), 1e-9);
  const nodes = [];
  let last = 0;
  for (const word of [...words].sort((a, b) => a.start - b.start)) {
    nodes.push(slice(last, word.start));
    const mark = make("mark", { class: word.weight < 0 ? "against" : "for", title: signed(word.weight) }, slice(word.start, word.end));
    mark.style.setProperty("--weight", (Math.abs(word.weight) / most).toFixed(3));
    nodes.push(mark);
    last = word.end;
  }
  return [...nodes, slice(last)];
}

function wordsOf(found) {
  if (!found) return [];
  if (found.pending) return [make("p", { class: "soft" }, `Hiding each word in turn to see what carries “${found.label}” …`)];
  if (found.failure) return [make("p", { class: "flag" }, found.failure)];
  const { words, completeness_error: error, label } = found.answer;
  const first = strongest(words);
  if (first.length === 0) return [make("p", { class: "soft" }, "No single word carries this label.")];
  return [
    make("h4", {}, `Words that speak for and against “${label}”`),
    make("ol", { class: "words" }, ...first.map((word) => make("li", {}, make("bdi", {}, word.text), make("span", { class: "number" }, signed(word.weight))))),
    make("p", { class: "soft" }, `How far its probability falls when the word is hidden. Completeness error ${error.toFixed(2)}: words also work together, and the weights miss the whole by this much.`),
  ];
}

const strongest = (words) => [...words].filter((word) => Math.abs(word.weight) >= 0.005).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, WORDS_LISTED);

const signed = (weight) => `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`;

/** Return the answer of POST /explain in a sentence, for a screen reader. */
export function spoken(answer) {
  const words = strongest(answer.words).map((word) => `${word.text} ${signed(word.weight).replace("−", "minus ").replace("+", "plus ")}`);
  return words.length > 0 ? `Words that carry ${answer.label}: ${words.join(", ")}.` : `No single word carries ${answer.label}.`;
}
