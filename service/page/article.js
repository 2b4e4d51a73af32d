// The article as it was pasted, its sentences marked, and the keys that walk through them.

import { make, percent } from "./dom.js";
import { slicer } from "./text.js";

/** Fill `place` with the document's title and text; return its sentences and their elements, both in reading order. */
export function showArticle(place, document_, source, look) {
  const drawn = { sentences: [], elements: [] };
  const parts = [["title", source.title ?? "", "h3"], ["text", source.text, "p"]];
  place.replaceChildren();
  for (const [part, text, tag] of parts) {
    const pieces = piecesOf(document_, part);
    if (pieces.length === 0) continue;
    for (const paragraph of paragraphs(text, pieces)) {
      place.append(make(tag, { dir: "auto" }, ...paragraph.map((piece) => draw(piece, look, drawn))));
    }
  }
  if (drawn.elements.length === 0) place.append(make("p", { class: "soft" }, "No sentence was found in this text."));
  else drawn.elements[0].tabIndex = 0;
  return drawn;
}

function piecesOf(document_, part) {
  const sentences = document_.sentences.filter((sentence) => sentence.part === part).map((sentence) => ({ sentence, start: sentence.start, end: sentence.end }));
  const skipped = document_.skipped.filter((stretch) => stretch.part === part).map((stretch) => ({ reason: stretch.reason, start: stretch.start, end: stretch.end }));
  return [...sentences, ...skipped].sort((a, b) => a.start - b.start);
}

// A text with blank lines has its paragraphs between them (its single line ends are wrapped lines); one without has a paragraph a line.
function paragraphs(text, pieces) {
  const slice = slicer(text);
  const end = /\n[^\S\n]*\r?\n/.test(text) ? /\n[^\S\n]*\r?\n/ : /\n/;
  const found = [[]];
  let last = 0;
  for (const piece of pieces) {
    const gap = slice(last, piece.start);
    if (found.at(-1).length > 0) {
      if (end.test(gap)) found.push([]);
      else found.at(-1).push({ text: gap.trim() ? gap : " " });
    }
    found.at(-1).push({ ...piece, text: slice(piece.start, piece.end) });
    last = piece.end;
  }
  return found;
}

function draw(piece, look, drawn) {
  if (piece.sentence) {
    const element = sentenceElement(piece, look.get(piece.sentence.label), drawn.elements.length);
    drawn.elements.push(element);
    drawn.sentences.push(piece.sentence);
    return element;
  }
  if (piece.reason) return make("span", { class: "skipped", title: `not scored: ${piece.reason}` }, piece.text);
  return document.createTextNode(piece.text);
}

function sentenceElement({ sentence, text }, style, number) {
  const sure = sentence.probabilities[sentence.label];
  const element = make(
    "span",
    { class: `sentence ${style.css}`, role: "button", tabindex: -1, "data-number": number, "aria-pressed": "false" },
    ...glued(style.mark ? sign("mark", style.mark) : null, text, signsAfter(sentence)),
    make("span", { class: "unseen" }, ` (${told(sentence, sure)}) `),
  );
  element.style.setProperty("--sure", sure.toFixed(3));
  return element;
}

const sign = (kind, text) => make("span", { class: kind, "aria-hidden": "true" }, text);

function signsAfter(sentence) {
  const voice = sentence.voice === "source" ? [sign("voice", sentence.speaker ? `❝ ${sentence.speaker}` : "❝")] : [];
  return sentence.flags.includes("ambiguous") ? [...voice, sign("doubt", "?")] : voice;
}

// The signs stay on the line of the first and last word; in a word too long for a line they may break off.
function glued(before, text, after) {
  const [, first, middle, last] = /^(\S{0,24}(?=\s)|)([^]*?)((?<=\s)\S{0,24}|)$/.exec(text);
  return [before ? make("span", { class: "together" }, before, first) : first, middle, after.length > 0 ? make("span", { class: "together" }, last, ...after) : last];
}

function told(sentence, sure) {
  const voice = sentence.voice === "source" ? [`said by ${sentence.speaker ?? "a source"}`] : [];
  return [sentence.label, percent(sure), ...voice, ...sentence.flags.map((flag) => flag.replaceAll("_", " "))].join(", ");
}

/** Call `look(i)` when a sentence is pointed at, `visit(i)` when it gets the focus, `leave()` when the pointer goes, and `choose(i)` when it is clicked or entered. */
export function listen(place, { look, visit, leave, choose }) {
  const numberOf = (event) => {
    const sentence = event.target.closest?.(".sentence");
    return sentence ? Number(sentence.dataset.number) : null;
  };
  const on = (kind, act) =>
    place.addEventListener(kind, (event) => {
      const number = numberOf(event);
      if (number !== null) act(number, event);
    });
  // Text that scrolls under a pointer at rest is not pointed at: the arrow keys would lose the sentence in hand to it.
  on("mousemove", (number, event) => {
    if (event.movementX !== 0 || event.movementY !== 0) look(number);
  });
  on("focusin", visit);
  place.addEventListener("mouseleave", leave);
  on("click", (number, event) => {
    if (!String(getSelection()).trim()) choose(number, event); // a drag selects text to copy, it asks for nothing
  });
  on("keydown", (number, event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" || event.key === " ") choose(number, event);
    else if (!walk(place, number, event.key)) return;
    event.preventDefault();
  });
}

function walk(place, number, key) {
  const last = place.querySelectorAll(".sentence").length - 1;
  const steps = { ArrowDown: number + 1, ArrowRight: number + 1, ArrowUp: number - 1, ArrowLeft: number - 1, Home: 0, End: last };
  if (!(key in steps)) return false;
  goTo(place, Math.max(0, Math.min(last, steps[key])));
  return true;
}

/** Move the focus to a sentence; only the sentence in hand is a tab stop. */
export function goTo(place, number) {
  place.querySelector('.sentence[tabindex="0"]')?.setAttribute("tabindex", "-1");
  const sentence = place.querySelector(`.sentence[data-number="${number}"]`);
  sentence.tabIndex = 0;
  sentence.focus();
}
