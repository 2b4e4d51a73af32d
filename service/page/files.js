// A file, dropped anywhere on the page or chosen by the button, becomes the text.

import { byId } from "./dom.js";
import { readFile } from "./text.js";

const MOST_BYTES = 8_000_000;

/** Call `use(text, encoding, name)` for each file that can be read, `complain(error)` for each that cannot. */
export function takeFiles(use, complain) {
  const take = async (files) => {
    try {
      if (files.length !== 1) throw new Error(`${files.length} files at once; expected one article. For an archive there is the command stancewire batch`);
      const { text, encoding } = await readFile(files[0], MOST_BYTES);
      use(text, encoding, files[0].name);
    } catch (error) {
      complain(error);
    }
  };
  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return; // a piece of text that is dragged goes where it is dropped, as always
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  for (const kind of ["dragleave", "drop"]) addEventListener(kind, () => document.body.classList.remove("dropping"));
  addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  byId("choose").addEventListener("click", () => byId("file").click());
  byId("file").addEventListener("change", () => {
    const files = [...byId("file").files];
    byId("file").value = ""; // the same file can be chosen again
    if (files.length > 0) take(files);
  });
}
