// A scored article on the page: which sentence is in hand, and what is known of its words.

import { ask } from "./api.js";
import { goTo, listen, showArticle } from "./article.js";
import { byId } from "./dom.js";
import { showNothing, showSentence, spoken } from "./panel.js";
import { showSummary } from "./summary.js";

/** Draws one answer of POST /score and asks POST /explain for its sentences; `show` puts another answer in its place. */
export class Reading {
  constructor(key) {
    this.key = key;
    listen(byId("article"), { look: (i) => i !== this.shown && this.look(i), visit: (i) => this.visit(i), leave: () => this.leave(), choose: (i) => this.choose(i) });
  }

  show(answer, source, look) {
    const [document_] = answer.documents;
    Object.assign(this, { answer, looks: look, target: source.target, chosen: null, shown: null, visited: -1, asked: new Map(), found: new Map() });
    showSummary(byId("summary"), document_, look, (label) => this.next(label));
    const { sentences, elements } = showArticle(byId("article"), document_, source, look);
    Object.assign(this, { sentences, elements });
    showNothing(byId("panel"));
  }

  /** Show what is known of a sentence. */
  look(number) {
    this.shown = number;
    const label = this.asked.get(number);
    const found = label === undefined ? null : { label, ...this.found.get(`${number} ${label}`) };
    showSentence(byId("panel"), this.sentences[number], this.looks, found, (wanted) => this.explain(number, wanted));
  }

  visit(number) {
    this.visited = number;
    this.look(number);
  }

  leave() {
    if (this.chosen !== null && this.chosen !== this.shown) this.look(this.chosen);
  }

  choose(number) {
    this.elements[this.chosen]?.setAttribute("aria-pressed", "false");
    this.elements[number].setAttribute("aria-pressed", "true");
    this.chosen = number;
    goTo(byId("article"), number);
    this.explain(number, this.sentences[number].label);
  }

  /** Show the words that carry a label, asking once for each sentence and label; a failure can be asked again. */
  async explain(number, label) {
    const { found, answer } = this;
    const name = `${number} ${label}`;
    const put = (value) => {
      found.set(name, value);
      if (this.answer === answer && this.shown === number) this.look(number);
    };
    this.asked.set(number, label);
    this.shown = number;
    const kept = found.get(name);
    if (kept && !kept.failure) return put(kept);
    put({ pending: true });
    try {
      const got = await ask("explain", { body: { text: this.sentences[number].text, label, ...(this.target && { target: this.target }) }, key: this.key() });
      put({ answer: got });
      byId("heard").textContent = spoken(got);
    } catch (error) {
      put({ failure: error.message });
      byId("heard").textContent = error.message;
    }
  }

  /** Go to the next sentence of a label after the one in hand, from the top again after the last. */
  next(label) {
    const places = this.sentences.flatMap((sentence, i) => (sentence.label === label ? [i] : []));
    goTo(byId("article"), places.find((place) => place > this.visited) ?? places[0]);
  }
}
