// How labels look: a colour, an underline and a mark each, so that none is told by colour alone.

import { make } from "./dom.js";

const MARKS = ["▲", "▼", "◆", "●", "■", "★"];

/** Return label name -> {name, definition, css, mark}, from the answer of GET /info. The label without evaluation is grey and unmarked. */
export function looks(info) {
  const others = info.labels.filter((label) => label.name !== info.default);
  return new Map(
    info.labels.map((label) => {
      const place = others.indexOf(label) % MARKS.length;
      return [label.name, { ...label, css: place < 0 ? "cd" : `c${place}`, mark: place < 0 ? "" : MARKS[place] }];
    }),
  );
}

/** Return the little square in a label's colour that stands before its name. */
export const sample = (style) => make("span", { class: "swatch", "aria-hidden": "true" }, style.mark);
