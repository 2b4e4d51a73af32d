// Which target the stance is taken toward, where the model has not just one.

import { byId, make } from "./dom.js";

/** Fill `place` with a choice of the model's targets, or a field for open ones; leave it hidden where there is only one. */
export function offer(info, place) {
  const { targets } = info;
  const several = Array.isArray(targets) && targets.length > 1;
  if (targets !== "open" && !several) return;
  const label = make("label", { for: "asked-target" }, "Target ", make("span", { class: "soft" }, several ? "(the stance is taken toward it)" : "(a person, group or thing that the article names)"));
  const field = several ? make("select", { id: "asked-target" }, ...targets.map((name) => make("option", { value: name }, name))) : make("input", { id: "asked-target", type: "text", dir: "auto", autocomplete: "off" });
  place.replaceChildren(label, field);
  place.hidden = false;
}

/** Return the target that is asked about, undefined where the model has only one or none was given. */
export const wanted = () => byId("asked-target")?.value.trim() || undefined;
