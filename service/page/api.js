// Talks to the API beside the page, and turns every way it can fail into one kind of error.

import { plural } from "./dom.js";

/** What went wrong, in words for the reader; `retry` says whether the same request may work in a moment. */
export class Refusal extends Error {
  constructor(message, { status = 0, retry = false } = {}) {
    super(message);
    this.status = status;
    this.retry = retry;
  }
}

const RETRIED = new Set([429, 502, 503, 504]);

/** Return the JSON of GET `path`, or of POST when there is a body; throw Refusal, or AbortError when stopped. */
export async function ask(path, { body, key, signal } = {}) {
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key) headers.authorization = `Bearer ${key}`;
  let answer;
  try {
    answer = await fetch(path, { method: body === undefined ? "GET" : "POST", headers, body: body === undefined ? undefined : JSON.stringify(body), signal, credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Refusal(`The service at ${location.host} does not answer. Is it running, and are you online?`, { retry: true });
  }
  const content = await answer.text();
  if (answer.ok) return parsed(content, answer.status);
  throw new Refusal(explained(answer, content), { status: answer.status, retry: RETRIED.has(answer.status) });
}

function parsed(content, status) {
  try {
    return JSON.parse(content);
  } catch {
    throw new Refusal(`The service answered ${status} with something that is not JSON. Is a proxy in between?`, { status, retry: true });
  }
}

function explained(answer, content) {
  const said = toldBy(content);
  switch (answer.status) {
    case 401:
    case 403:
      return `The service asks for an API key, or does not know this one. ${said}`;
    case 413:
      return `This is too much for one request. ${said}`;
    case 429:
      return `The service is busy. ${wait(answer)}${said}`;
    case 503:
      return `The service is starting or shutting down. ${wait(answer)}${said}`;
    case 504:
      return `The service ran out of time. A shorter text may fit. ${said}`;
    default:
      return said || `The service answered ${answer.status} without saying why.`;
  }
}

function wait(answer) {
  const seconds = Number(answer.headers.get("retry-after"));
  return seconds > 0 ? `Try again in ${plural(seconds, "second")}. ` : "";
}

function toldBy(content) {
  try {
    const { error } = JSON.parse(content);
    if (typeof error === "string") return error;
    return error.where ? `${error.message} (${error.where})` : error.message;
  } catch {
    return "";
  }
}
