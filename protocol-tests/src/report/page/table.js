"use strict";

const { marks, columns, chapters, rows } = JSON.parse(document.getElementById("data").textContent);
const markOf = new Map(marks.map((mark) => [mark.word, mark]));
const mark = (word) => markOf.get(word) || { word, sign: "??", class: "aside", says: "a verdict of another version" };
const worst = ["bad", "shaky", "known", "warn", "lax", "info", "good", "aside"];
const short = { websocket: "ws", polling: "po", upgrade: "up" };
const $ = (id) => document.getElementById(id);

/** Makes an element; strings become text nodes and are never read as markup. */
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

/** Shows by number what cannot be seen or would move what can. */
function visible(text) {
  const hidden = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/g;
  return String(text).replace(hidden, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`);
}

/** Text with `code`, *emphasis* and [links](https://...), as the chapters write it. */
function prose(text) {
  const parts = visible(text || "").split(/(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\([^)\s]+\))/);
  return parts.map((part) => {
    const link = /^\[([^\]]+)\]\(([^)\s]+)\)$/.exec(part);
    if (link) return /^https?:\/\//.test(link[2]) ? outward(link[2], link[1]) : link[1];
    if (/^`.+`$/.test(part)) return el("code", null, part.slice(1, -1));
    if (/^\*\*.+\*\*$/.test(part)) return el("strong", null, part.slice(2, -2));
    if (/^\*.+\*$/.test(part)) return el("em", null, part.slice(1, -1));
    return part;
  });
}

/** Text from the wire; the pictures of RS, CR and LF stay what they are for whoever copies them. */
function wired(text) {
  const names = { "␞": "RS", "␍": "CR", "␊": "LF" };
  return visible(text).split(/([␞␍␊])/).map((part) => (names[part] ? el("span", { class: "ctl", "data-name": names[part] }, part) : part));
}

const outward = (to, words) => el("a", { href: to, target: "_blank", rel: "noreferrer noopener" }, words);

const classOf = (cell) => mark(cell.word).class;
const count = (list, fits) => list.reduce((sum, item) => sum + (fits(item) ? 1 : 0), 0);
const cellsOf = (row, column) => row.cells[column].filter(Boolean);
const isJudged = (cell) => !["info", "aside"].includes(classOf(cell));
const holds = (cell) => ["good", "lax"].includes(classOf(cell));
const plural = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

/** The worst of some cells. */
function worstOf(cells) {
  return cells.reduce((a, b) => (worst.indexOf(classOf(b)) < worst.indexOf(classOf(a)) ? b : a));
}

// ---- what is shown -------------------------------------------------------------------------------------------------

const state = { view: "all", q: "", group: "", level: "", word: "", server: "", case: "", on: "", over: "" };
const filters = ["q", "group", "level", "word", "server"];
const views = columns.length > 1
  ? { all: "All", differ: "Servers disagree", fail: "Something fails" }
  : { all: "All", fail: "Something fails" };

function readAddress() {
  const address = new URLSearchParams(location.hash.slice(1));
  for (const key of Object.keys(state)) state[key] = address.get(key) || "";
  if (!(state.view in views)) state.view = "all";
}

function writeAddress() {
  const address = new URLSearchParams(Object.entries(state).filter(([key, value]) => value && !(key === "view" && value === "all")));
  const hash = address.toString().replaceAll("%2F", "/");
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
}

/** Whether a row is to be seen. */
function fits(row) {
  const cells = (state.server === "" ? row.cells.flat() : row.cells[Number(state.server)] || []).filter(Boolean);
  if (state.view === "differ" && !row.differs) return false;
  if (state.view === "fail" && !cells.some((cell) => ["bad", "known", "warn", "shaky"].includes(classOf(cell)))) return false;
  if (state.group && row.id.split("/")[0] !== state.group) return false;
  if (state.level && row.level !== state.level) return false;
  if (state.word && !cells.some((cell) => cell.word === state.word)) return false;
  const words = state.q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [row.id, row.sentence, row.why, row.sections.join(" "), ...cells.flatMap((cell) => [cell.reason, cell.note])];
  const haystack = text.filter(Boolean).join("\n").toLowerCase();
  return words.every((word) => haystack.includes(word));
}

// ---- the servers ---------------------------------------------------------------------------------------------------

function server(column, i) {
  const cells = rows.flatMap((row) => cellsOf(row, i).map((cell) => [row, cell]));
  const must = cells.filter(([row, cell]) => row.level === "MUST" && isJudged(cell));
  const broken = count(must, ([, cell]) => classOf(cell) === "bad");
  const headline = must.length === 0 ? "No MUST was judged" : broken === 0 ? `${column.trouble ? "" : "✓ "}No MUST fails ` : `✗ ${plural(broken, "MUST run")} fail${broken === 1 ? "s" : ""} `;
  const tallies = marks.map((mark) => [mark, count(cells, ([, cell]) => cell.word === mark.word)]).filter(([, n]) => n > 0);
  const choose = (word) => () => { Object.assign(state, { word, server: columns.length > 1 ? String(i) : "" }); show(); };
  const url = column.target.url;
  return el("article", { class: "server" },
    el("h2", null, visible(column.target.name)),
    el("p", null, /^https?:\/\//.test(url) ? outward(url, visible(url)) : visible(url),
      column.target.profiles.length ? ` · ${visible(column.target.profiles.join(", "))}` : ""),
    column.trouble ? el("p", { class: "trouble" }, `Cannot be trusted: ${visible(column.trouble)}`) : null,
    el("p", { class: "headline" }, headline, must.length ? el("small", null, `of ${must.length}`) : ""),
    el("div", { class: "stack", "aria-hidden": "true" }, tallies.map(([mark, n]) => el("i", { class: mark.class, style: `flex: ${n} 0 0` }))),
    el("div", { class: "counts" }, tallies.map(([mark, n]) =>
      el("button", { type: "button", class: mark.class, title: `${mark.says}; click to see them`, click: choose(mark.word) }, `${mark.sign} ${n} ${mark.word}`))));
}

// ---- the matrix ----------------------------------------------------------------------------------------------------

/** What one server did with one case, as a button; different ends over different transports stand side by side. */
function cellButton(row, column) {
  const cells = row.cells[column];
  const there = cells.filter(Boolean);
  if (there.length === 0) return "";
  const words = new Set(there.map((cell) => cell.word));
  const chip = (cell, over) => el("span", { class: `chip ${classOf(cell)}` }, over ? el("sub", null, short[over] || over) : "", mark(cell.word).sign);
  const chips = words.size === 1 ? [chip(there[0], "")] : cells.map((cell, i) => cell && chip(cell, row.overs[i]));
  const noted = there.some((cell) => cell.note);
  const name = visible(columns[column].target.name);
  const title = cells.map((cell, i) => cell && `${row.overs[i] ? `${row.overs[i]}: ` : ""}${cell.word}${cell.reason ? ` (${visible(cell.reason)})` : ""}`);
  const text = title.filter(Boolean).join("\n");
  return el("button", {
    type: "button", class: words.size > 1 ? "cell several" : "cell", tabindex: "-1", title: text.slice(0, 600),
    "aria-label": `${name}: ${[...words].join(", ")}${noted ? ", with a note" : ""}`,
    click: () => open(row, column),
  }, chips, noted ? el("span", { class: "has-note", "aria-hidden": "true" }, "n") : "");
}

function caseRow(row) {
  const alone = columns.length === 1 ? cellsOf(row, 0) : [];
  const bad = alone.length ? worstOf(alone) : null;
  const reason = bad && !["good", "aside"].includes(classOf(bad)) ? bad.reason : null;
  return el("tr", { class: "case" },
    el("th", { scope: "row" }, el("div", null, el("span", null, prose(row.sentence)),
      el("small", null, el("span", { class: `level ${row.level}` }, row.level), " ", row.id)),
      reason ? el("small", { class: "why-not" }, wired(reason)) : null),
    columns.map((_, i) => el("td", null, cellButton(row, i))));
}

/** The chapters; what nobody was judged by is folded until it is looked for. */
const parts = chapters.map((chapter, i) => {
  const list = rows.filter((row) => row.chapter === i);
  const lines = list.map((row) => (row.line_of = caseRow(row)));
  const wasPlayed = list.some((row) => row.cells.flat().some((cell) => cell && classOf(cell) !== "aside"));
  const part = { list, folded: null, wasPlayed };
  part.toggle = el("button", { type: "button", click: () => {
    part.folded = part.toggle.getAttribute("aria-expanded") === "true";
    show();
  } }, prose(chapter.title || chapter.file));
  const tally = columns.map((_, column) => {
    const cells = list.flatMap((row) => cellsOf(row, column)).filter(isJudged);
    const held = count(cells, holds);
    const title = "runs that hold, of those that were judged";
    return cells.length ? el("td", { class: held < cells.length && cells.some((cell) => classOf(cell) === "bad") ? "short" : "", title }, `${held}/${cells.length}`) : el("td", null, "–");
  });
  part.body = el("tbody", null, el("tr", { class: "chapter" }, el("th", { scope: "rowgroup", title: chapter.file }, part.toggle), tally), lines);
  return part;
});

/** Shows the rows that fit, and says how many. */
function show() {
  let shown = 0;
  const isFiltered = filters.some((key) => state[key]) || state.view !== "all";
  for (const { body, list, toggle, folded, wasPlayed } of parts) {
    const found = new Set(list.filter(fits));
    const open = folded === null ? wasPlayed || isFiltered : !folded;
    toggle.setAttribute("aria-expanded", String(open));
    for (const row of list) row.line_of.hidden = !open || !found.has(row);
    body.hidden = found.size === 0;
    shown += found.size;
  }
  $("shown").textContent = shown === rows.length ? plural(shown, "case") : `${shown} of ${plural(rows.length, "case")}`;
  $("none").hidden = shown > 0;
  $("matrix").hidden = shown === 0;
  $("q").value = state.q;
  for (const id of filters.slice(1)) {
    $(id).value = state[id];
    $(id).classList.toggle("on", state[id] !== "");
  }
  for (const input of document.querySelectorAll("#views input")) input.checked = input.value === state.view;
  $("reset").hidden = !isFiltered;
  rove(null);
  writeAddress();
}

/** One cell of the matrix can be reached by Tab; the arrows move from there. */
function rove(to) {
  const visibleCells = [...document.querySelectorAll("tr.case:not([hidden]) .cell")].filter((cell) => !cell.closest("tbody").hidden);
  document.querySelectorAll(".cell[tabindex='0']").forEach((cell) => cell.setAttribute("tabindex", "-1"));
  const target = to || visibleCells[0];
  if (target) target.setAttribute("tabindex", "0");
  if (to) to.focus();
}

function moveInMatrix(event) {
  const at = event.target.closest(".cell");
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!at || !step || event.altKey || event.ctrlKey || event.metaKey) return;
  const lines = [...document.querySelectorAll("tr.case:not([hidden])")].filter((line) => !line.closest("tbody").hidden);
  let line = lines.indexOf(at.closest("tr"));
  let column = at.closest("td").cellIndex;
  for (;;) {
    line += step[0];
    column += step[1];
    const td = lines[line] && lines[line].cells[column];
    if (!td || column === 0) return;
    const cell = td.querySelector(".cell");
    if (cell) { event.preventDefault(); return rove(cell); }
  }
}
