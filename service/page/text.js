// Text by code points, as the API counts; JavaScript counts UTF-16 units, which differ after the first emoji.

/** Return a function that slices `text` by code points. */
export function slicer(text) {
  if (!/[\u{10000}-\u{10ffff}]/u.test(text)) return (start, end) => text.slice(start, end);
  const places = [0];
  for (const character of text) places.push(places[places.length - 1] + character.length);
  return (start, end) => text.slice(places[start], places[Math.min(end ?? Infinity, places.length - 1)]);
}

export function countCharacters(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Return the text of a dropped file, and the encoding it was read in; throw an Error that says what was expected. */
export async function readFile(file, mostBytes) {
  if (file.size > mostBytes) throw new Error(`${file.name} has ${file.size.toLocaleString("en")} bytes; expected one article of at most ${mostBytes.toLocaleString("en")}`);
  const bytes = new Uint8Array(await file.arrayBuffer());
  const [text, encoding] = decode(bytes);
  if (text.includes("\0")) throw new Error(`${file.name} is not a text file; expected plain text. Open it where it belongs and paste the article here`);
  return { text, encoding };
}

function decode(bytes) {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : null;
  if (mark) return [new TextDecoder(mark).decode(bytes), mark];
  try {
    return [new TextDecoder("utf-8", { fatal: true }).decode(bytes), "utf-8"];
  } catch {
    return [new TextDecoder("windows-1252").decode(bytes), "windows-1252"];
  }
}
