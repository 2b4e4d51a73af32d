// The bars: shares of the stances in the whole article, in the outlet's own words and in what sources say.

import { make, percent, plural } from "./dom.js";
import { sample } from "./look.js";

const VOICES = [["The article", () => true], ["The outlet's own words", (sentence) => sentence.voice === "outlet"], ["What sources say", (sentence) => sentence.voice === "source"]];

/** Fill `place` with the bars and a legend whose entries call `next(label)`. */
export function showSummary(place, document_, look, next) {
  const rows = VOICES.map(([name, belongs]) => [name, document_.sentences.filter(belongs)]);
  const shown = rows.filter(([, sentences], i) => i === 0 || (sentences.length > 0 && sentences.length < document_.sentences.length));
  place.replaceChildren(make("div", { class: "bars" }, ...shown.map(([name, sentences]) => bar(name, sentences, look))), legend(document_, look, next));
}

function counts(sentences, look) {
  return [...look.values()].map((style) => [style, sentences.filter((sentence) => sentence.label === style.name).length]);
}

function bar(name, sentences, look) {
  const parts = counts(sentences, look).filter(([, count]) => count > 0);
  const total = Math.max(1, sentences.length);
  const told = parts.map(([style, count]) => `${style.name} ${percent(count / total, 1)}`).join(", ") || "nothing to score";
  const strip = make("div", { class: "bar", role: "img", "aria-label": `${name}: ${told}` });
  for (const [style, count] of parts) {
    const part = make("span", { class: `part ${style.css}`, title: `${style.name}: ${count} of ${total}` }, count / total > 0.08 ? `${style.mark} ${percent(count / total, 1)}` : "");
    part.style.flexGrow = String(count);
    strip.append(part);
  }
  return make("div", { class: "bar-row" }, make("span", { class: "bar-name" }, name, make("small", {}, ` ${plural(sentences.length, "sentence")}`)), strip);
}

function legend(document_, look, next) {
  const entries = counts(document_.sentences, look).map(([style, count]) => {
    const button = make(
      "button",
      { type: "button", class: `quiet key ${style.css}`, disabled: count === 0, "aria-label": `${style.name}, ${plural(count, "sentence")}; go to the next one` },
      sample(style),
      `${style.name} ${count}`,
    );
    button.addEventListener("click", () => next(style.name));
    return make("li", {}, button);
  });
  return make("ul", { class: "legend" }, ...entries);
}
