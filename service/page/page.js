// The page's wiring: the form asks, the answer is shown, and everything that can go wrong is told.

import { ask } from "./api.js";
import { offer, wanted } from "./asked.js";
import { asCsv, copy } from "./copy.js";
import { byId, make, plural } from "./dom.js";
import { takeFiles } from "./files.js";
import { looks, sample } from "./look.js";
import { Reading } from "./reading.js";
import { countCharacters } from "./text.js";

const key = () => byId("key").value.trim();
const say = (message) => byId("status").replaceChildren(message);
const state = { info: null, look: null, request: null };
const reading = new Reading(key);

function complain(error, again) {
  byId("alert").replaceChildren(make("p", {}, error.message));
  if (error.status === 401 || error.status === 403) {
    byId("keys").open = true;
    byId("key").focus();
  } else if (error.retry && again) {
    const button = make("button", { type: "button" }, "Try again");
    button.addEventListener("click", again);
    byId("alert").append(button);
  }
}

/** Ask GET /info once: labels, target, limits, model. Throws what `ask` throws. */
async function learn() {
  if (state.info) return;
  const info = await ask("info", { key: key() });
  state.look = looks(info);
  state.info = info;
  byId("target").textContent = `Paste an article to see which stance each of its sentences conveys toward the ${info.target}.`;
  byId("definitions").replaceChildren(...[...state.look.values()].flatMap((style) => [make("dt", { class: style.css }, sample(style), style.name), make("dd", {}, style.definition)]));
  byId("labels").hidden = false;
  byId("keys").open ||= Boolean(info.key_needed);
  offer(info, byId("asked"));
  byId("model").textContent = `Model ${info.model.tag}, codebook ${info.model.codebook}.`;
  count();
}

async function greet() {
  try {
    await learn();
    byId("alert").replaceChildren();
  } catch (error) {
    complain(error, greet);
  }
}

async function score() {
  const [text, title] = [byId("text").value, byId("title").value];
  byId("alert").replaceChildren();
  if (!text.trim()) {
    complain(new Error("There is no text yet. Paste an article, or drop a text file on this page."));
    byId("text").focus();
    return;
  }
  state.request?.abort();
  const request = new AbortController();
  state.request = request;
  busy(true);
  try {
    await learn();
    const target = wanted();
    const answer = await ask("score", { body: { text, ...(title.trim() && { title }), ...(target && { target }) }, key: key(), signal: request.signal });
    if (request === state.request) show(answer, { text, title, target });
  } catch (error) {
    if (request !== state.request) return;
    say(error.name === "AbortError" ? "Stopped." : "");
    if (error.name !== "AbortError") complain(error, score);
  } finally {
    if (request === state.request) busy(false);
  }
}

function busy(on) {
  byId("stop").hidden = !on;
  byId("ask").setAttribute("aria-busy", String(on));
  if (on) say("Scoring…");
}

function show(answer, source) {
  const [document_] = answer.documents;
  byId("result").hidden = false;
  reading.show(answer, source, state.look);
  const { length: skipped } = document_.skipped;
  say(`Scored: ${plural(document_.summary.units, "sentence")}.${skipped > 0 ? ` Not scored: ${plural(skipped, "stretch", "stretches")} of page furniture, in small print.` : ""}`);
  byId("result-heading").focus();
}

function count() {
  const most = state.info?.limits?.characters_per_document;
  const now = countCharacters(byId("text").value) + countCharacters(byId("title").value);
  byId("counter").textContent = `${now.toLocaleString("en")}${most ? ` of at most ${most.toLocaleString("en")}` : ""} characters`;
  byId("counter").classList.toggle("over", Boolean(most) && now > most);
}

async function copyAs(name, text) {
  try {
    await copy(text);
    say(`Copied as ${name}.`);
  } catch (error) {
    complain(error);
  }
}

function takeText(text, encoding, name) {
  byId("text").value = text;
  byId("title").value = ""; // a headline of the article before would be scored with this one
  byId("origin").textContent = `from ${name}${encoding === "utf-8" ? "" : `, read as ${encoding}`}`;
  count();
  score();
}

byId("ask").addEventListener("submit", (event) => {
  event.preventDefault();
  score();
});
byId("ask").addEventListener("input", (event) => {
  if (event.target === byId("text")) byId("origin").textContent = "";
  count();
});
byId("ask").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) score();
});
byId("stop").addEventListener("click", () => state.request?.abort());
byId("key").addEventListener("change", greet);
byId("copy-csv").addEventListener("click", () => copyAs("CSV", asCsv(reading.answer, [...state.look.keys()])));
byId("copy-json").addEventListener("click", () => copyAs("JSON", JSON.stringify(reading.answer, null, 2)));
takeFiles(takeText, complain);
count();
greet();
