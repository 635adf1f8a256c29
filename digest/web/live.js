// The shell of the live preview: remembers what is shown in the address, and asks again when the server says that a file changed.
"use strict";
const $ = (id) => document.getElementById(id);
const shown = new URLSearchParams(location.hash.slice(1));
const now = { what: shown.get("what") || "", who: shown.get("who") || "", date: shown.get("date") || "", view: shown.get("view") || "mail", scheme: shown.get("scheme") || "light" };
let version = "";

function query(more) {
  return new URLSearchParams({ what: now.what, who: now.who, date: now.date, v: version, ...more }).toString();
}

function press(attribute, value) {
  for (const button of document.querySelectorAll(`[data-${attribute}]`)) button.setAttribute("aria-pressed", String(button.dataset[attribute] === value));
}

function choose(select, options, value) {
  select.replaceChildren(...options.map(([key, label]) => new Option(label, key, false, key === value)));
  if (!options.some(([key]) => key === value) && options.length) select.value = options[0][0];
}

function rows(body, lists) {
  body.replaceChildren(...lists.map(([mark, name, found]) => {
    const row = document.createElement("tr");
    row.className = mark;
    for (const [tag, text] of [["th", name], ["td", found]]) {
      const cell = document.createElement(tag);
      if (tag === "th") cell.scope = "row";
      cell.textContent = text;
      row.append(cell);
    }
    return row;
  }));
}

async function text(path) {
  return (await fetch(`${path}?${query()}`)).text();
}

async function show() {
  history.replaceState(null, "", "#" + new URLSearchParams(now));
  press("view", now.view);
  press("scheme", now.scheme);
  const state = await (await fetch(`/state?${query()}`)).json();
  choose($("what"), state.mails, now.what);
  choose($("who"), state.people, now.who);
  choose($("date"), state.dates, now.date);
  $("subject").children[0].textContent = state.subject;
  $("subject").children[1].textContent = state.preheader;
  $("error").hidden = !state.error;
  $("error").textContent = state.error;
  const bad = state.checks.filter(([mark]) => mark === "bad").length;
  $("count").textContent = bad ? `(${bad})` : "";
  rows($("checks").querySelector("tbody"), state.checks);
  rows($("headers").querySelector("tbody"), state.headers.map(([name, value]) => ["", name, value]));
  for (const id of ["mail", "text", "source", "checks"]) $(id).hidden = id !== now.view || Boolean(state.error);
  $("schemes").hidden = now.view !== "mail";
  if (now.view === "text" || now.view === "source") $(now.view).firstChild.textContent = await text(`/${now.view}`);
  if (now.view === "mail" && !state.error) {
    for (const id of ["phone", "desktop"]) {
      $(id).src = `/mail?${query({ scheme: now.scheme === "dark" ? "dark" : "light" })}`;
      $(id).className = now.scheme;
    }
  }
  $("pulse").textContent = `${state.origin} · ${new Date().toLocaleTimeString()}`;
}

for (const name of ["what", "who", "date"]) $(name).addEventListener("change", (event) => { now[name] = event.target.value; show(); });
for (const name of ["view", "scheme"]) for (const button of document.querySelectorAll(`[data-${name}]`)) button.addEventListener("click", () => { now[name] = button.dataset[name]; show(); });

const events = new EventSource("/events");
events.onmessage = (event) => { version = event.data; show(); };
events.onerror = () => { $("pulse").textContent = "The preview has stopped."; };
