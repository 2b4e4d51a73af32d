// The scores as CSV and JSON, and onto the clipboard.

/** Return one row a sentence, by RFC 4180, in reading order. */
export function asCsv(answer, labels) {
  const asked = answer.documents.some((document_) => document_.sentences.some((s) => s.target !== undefined)) ? (s) => [s.target] : () => [];
  const head = ["document", ...asked({ target: "target" }), "part", "start", "end", "label", ...labels.map((label) => `p_${label}`), "voice", "speaker", "flags", "text", "model"];
  const rows = answer.documents.flatMap((document_) =>
    document_.sentences.map((s) => [document_.id, ...asked(s), s.part, s.start, s.end, s.label, ...labels.map((label) => s.probabilities[label]), s.voice, s.speaker ?? "", s.flags.join(" "), s.text, answer.model.tag]),
  );
  return [head, ...rows].map((row) => row.map(cell).join(",") + "\r\n").join("");
}

// A spreadsheet runs a cell that begins with one of these as a formula, and the text is a stranger's.
const FORMULA = /^[=+\-@\t\r]/;

function cell(value) {
  const text = typeof value === "string" && FORMULA.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Put text on the clipboard; throw an Error that says what to do where the browser forbids it. */
export async function copy(text) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // refused by a permission: the older way below may still do
    }
  }
  if (!copyBySelection(text)) throw new Error("The browser does not let this page copy. Open it over https or as localhost, or use POST /score.");
}

// Over plain http from another machine there is no navigator.clipboard.
function copyBySelection(text) {
  const before = document.activeElement;
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}
