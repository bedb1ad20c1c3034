const detail = $("detail");

/** Where the protocol says so. */
function section(name) {
  const [document, part = ""] = name.split("#");
  const known = {
    eio4: `https://github.com/socketio/engine.io-protocol#${part}`,
    sio5: `https://github.com/socketio/socket.io-protocol#${part}`,
  }[document];
  const rfc = /^rfc(\d+)$/.exec(document);
  const to = known || (rfc && `https://www.rfc-editor.org/rfc/${document}${part ? `#section-${part}` : ""}`);
  return to ? outward(to, name) : visible(name);
}

const indexOf = (row, column, over) => {
  const cells = row.cells[column];
  const named = row.overs.indexOf(over);
  if (named >= 0 && cells[named]) return named;
  const there = cells.filter(Boolean);
  return there.length ? cells.indexOf(worstOf(there)) : -1;
};

/** Opens a case on one server; over the transport that went worst, unless one is named. */
function open(row, column, over = "") {
  const i = indexOf(row, column, over);
  Object.assign(state, { case: row.id, on: columns[column].target.name, over: i >= 0 ? row.overs[i] : "" });
  writeAddress();
  detail.replaceChildren(...sheet(row, column, i));
  if (!detail.open) detail.showModal();
  detail.querySelector(".sheet").focus();
}

function sheet(row, column, i) {
  const cell = i >= 0 ? row.cells[column][i] : null;
  const list = rows.filter((other) => !other.line_of.hidden || other === row);
  const at = list.indexOf(row);
  const turn = (by) => list[at + by] && open(list[at + by], column);
  const button = (by, words) => el("button", { type: "button", "data-by": by, disabled: !list[at + by], click: () => turn(by) }, words);
  const chapter = chapters[row.chapter];
  return [
    el("button", { type: "button", class: "shut", "aria-label": "Close", click: () => detail.close() }, "✕"),
    el("div", { class: "sheet", tabindex: "-1" },
      el("h2", { id: "sentence" }, prose(row.sentence)),
      el("p", { class: "facts", style: "margin: 0" },
        el("span", { class: "level" }, row.level), el("code", null, row.id), el("span", null, row.profile),
        el("span", null, row.sections.flatMap((name, n) => [n ? ", " : "", section(name)])),
        el("span", null, `${visible(chapter.file)}:${row.line}`)),
      row.why ? el("p", { class: "why" }, prose(row.why)) : null,
      row.disputed ? el("p", { class: "note" }, el("b", null, "Disputed: "), prose(row.disputed)) : null,
      tabs(row, column, i),
      cell ? verdict(row, cell) : el("p", { class: "verdict aside" }, "This server was not judged by this case."),
      el("div", { class: "panes" }, said(row, cell), wire(cell))),
    el("div", { class: "foot" }, button(-1, "↑ Previous"), button(1, "↓ Next"), `${at + 1} of ${list.length}`,
      el("span", null, el("kbd", null, "j"), " ", el("kbd", null, "k"), " cases  ", columns.length > 1 ? [el("kbd", null, "←"), " ", el("kbd", null, "→"), " servers  "] : "", el("kbd", null, "Esc"), " close")),
  ];
}

/** A tab for each server, and one for each transport. */
function tabs(row, column, i) {
  const chip = (cell) => el("span", { class: `chip ${classOf(cell)}` }, mark(cell.word).sign);
  const tab = (on, cell, name, click) => el("button", { type: "button", role: "tab", "aria-selected": String(on), click }, cell ? chip(cell) : el("span", { class: "chip aside" }, " "), name);
  const servers = columns.map((other, n) => {
    const there = cellsOf(row, n);
    return tab(n === column, there.length ? worstOf(there) : null, visible(other.target.name), () => open(row, n, state.over));
  });
  const overs = row.overs.map((over, n) => row.cells[column][n] && tab(n === i, row.cells[column][n], over, () => open(row, column, over)));
  return [
    columns.length > 1 ? el("div", { class: "tabs", role: "tablist", "aria-label": "Servers" }, servers) : null,
    row.overs.length > 1 ? el("div", { class: "tabs", role: "tablist", "aria-label": "Transports" }, overs) : null,
  ];
}

function verdict(row, cell) {
  const { sign, class: tone, says } = mark(cell.word);
  const time = cell.ms > 0 ? `, ${cell.ms < 1000 ? `${cell.ms.toFixed(1)} ms` : `${(cell.ms / 1000).toFixed(2)} s`}` : "";
  const old = cell.rev < row.rev ? ` It was judged by revision ${cell.rev} of this case; shown is revision ${row.rev}.` : "";
  return [
    el("div", { class: `verdict ${tone}` }, el("b", null, `${sign} ${cell.word}`), ` ${says}${time}.${old}`, reasonOf(cell)),
    cell.note ? el("p", { class: "note" }, el("b", null, "Believed to be this server's bug: "), prose(cell.note)) : null,
  ];
}

/** "expected a, got b" reads better as two lines. */
function reasonOf(cell) {
  if (!cell.reason) return null;
  const pair = cell.reason.includes("; or: ") ? null : /^expected ([^]*?), got ([^]*)$/.exec(cell.reason);
  if (!pair) return el("pre", null, wired(cell.reason.split("; or: ").join("\nor: ")));
  return el("dl", null, el("dt", null, "expected"), el("dd", null, wired(pair[1])), el("dt", null, "got"), el("dd", null, wired(pair[2])));
}

/** Lights up what belongs to the same step on the other side. */
function lit(step) {
  const light = (on) => () => detail.querySelectorAll(`[data-step="${step}"]`).forEach((line) => line.classList.toggle("lit", on));
  return step ? { "data-step": step, mouseenter: light(true), mouseleave: light(false) } : {};
}

function said(row, cell) {
  const at = cell && cell.step;
  const tone = cell ? classOf(cell) : "";
  const lines = row.conversation.map(({ line, step, text }) => {
    const fault = at && (step === at || line === at);
    const kind = /^\s*#/.test(text) ? "comment" : "";
    return el("div", { class: fault ? `fault ${tone}` : "", ...lit(step) }, el("span", { class: "n" }, String(line)), el("span", { class: kind }, text ? wired(text) : " "));
  });
  return el("section", null, el("h3", null, "The case", at ? el("span", null, ` · line ${at} is where it ended`) : null), el("div", { class: "code said" }, lines));
}

function wire(cell) {
  const heading = el("h3", null, "On the wire ", el("span", null, "· > the client, < the server"));
  if (!cell || cell.wire.length === 0) {
    return el("section", null, heading, el("div", { class: "code" }, el("div", { class: "rule" }, cell && classOf(cell) !== "aside" ? "Nothing was sent." : "Not played.")));
  }
  const tone = classOf(cell);
  const last = (fits) => cell.wire.reduce((found, line, i) => (fits(line) ? i : found), -1);
  const atFault = last((line) => cell.step && line[1] === cell.step);
  const end = atFault >= 0 ? atFault : last((line) => line[1]);
  const out = cell.dropped ? [el("div", { class: "rule" }, `${plural(cell.dropped, "earlier line")} not kept`)] : [];
  const telling = () => cell.step && el("div", { class: `end ${tone}` }, `${mark(cell.word).sign} line ${cell.step}: `, wired(cell.reason || ""));
  if (end < 0 && cell.step) out.push(telling());
  let over = false;
  cell.wire.forEach(([ms, step, direction, who, what], i) => {
    if (!step && !over) { over = true; out.push(el("div", { class: "rule" }, "the case is over; the runner tidies up")); }
    const fault = cell.step && step === cell.step;
    out.push(el("div", { class: fault ? `fault ${tone}` : step ? "" : "after", ...lit(step) },
      el("span", { class: "t" }, `${(ms / 1000).toFixed(3)}s`), el("span", { class: direction === ">" ? "out" : "in" }, direction),
      el("span", { class: "who" }, visible(who)), el("span", null, wired(what))));
    if (i === end && cell.step) out.push(telling());
  });
  return el("section", null, heading, el("div", { class: "code wire" }, out));
}

function moveInDetail(event) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const row = rows.find((row) => row.id === state.case);
  const column = columns.findIndex((column) => column.target.name === state.on);
  const by = { j: 1, k: -1 }[event.key];
  const aside = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) detail.querySelector(`[data-by="${by}"]`).click();
  else if (aside && columns[column + aside]) open(row, column + aside, state.over);
  else return;
  event.preventDefault();
}

detail.addEventListener("keydown", moveInDetail);
detail.addEventListener("click", (event) => event.target === detail && detail.close());
detail.addEventListener("close", () => {
  const row = rows.find((row) => row.id === state.case);
  const column = columns.findIndex((column) => column.target.name === state.on);
  Object.assign(state, { case: "", on: "", over: "" });
  writeAddress();
  const cell = row && !row.line_of.hidden && row.line_of.cells[column + 1].querySelector(".cell");
  if (cell) rove(cell);
});

// ---- the page is put together --------------------------------------------------------------------------------------

function options(id, first, list) {
  $(id).append(el("option", { value: "" }, first), ...list.map(([value, words]) => el("option", { value }, words)));
  $(id).addEventListener("change", () => { state[id] = $(id).value; show(); });
}

function start() {
  const runs = count(rows.flatMap((row) => row.overs), () => true);
  const suites = [...new Set(columns.map((column) => column.suite))];
  $("about").append(`${plural(rows.length, "case")}, ${plural(runs, "run")}, ${plural(columns.length, "server")} · protocol-tests ${visible(suites.join(", "))}`,
    suites.length > 1 ? el("strong", null, " · the servers were judged by different versions") : "");
  $("servers").append(...columns.map(server));
  $("matrix").classList.add(columns.length === 1 ? "alone" : columns.length > 6 ? "crowd" : "some");
  $("matrix").querySelector("thead tr").append(...columns.map((column) => el("th", { scope: "col" }, el("span", null, visible(column.target.name)))));
  $("matrix").append(...parts.map(({ body }) => body));
  $("views").append(...Object.entries(views).map(([value, words]) => el("label", null, el("input", { type: "radio", name: "view", value, change: () => { state.view = value; show(); } }), words)));
  const distinct = (list) => [...new Set(list)].map((value) => [value, value]);
  options("group", "All groups", distinct(rows.map((row) => row.id.split("/")[0])));
  options("level", "All levels", distinct(["MUST", "SHOULD", "INFO", "ours", "reference"].filter((level) => rows.some((row) => row.level === level))));
  const words = new Set(rows.flatMap((row) => row.cells.flat()).filter(Boolean).map((cell) => cell.word));
  options("word", "All verdicts", marks.filter((mark) => words.has(mark.word)).map((mark) => [mark.word, `${mark.sign} ${mark.word}`]));
  options("server", "On any server", columns.map((column, i) => [String(i), `On ${visible(column.target.name)}`]));
  $("server").hidden = columns.length === 1;
  const key = (name) => el("kbd", null, name);
  $("help").querySelector("div").append(
    el("dl", null, marks.map((mark) => [el("dt", null, el("span", { class: `chip ${mark.class}` }, mark.sign)), el("dd", null, `${mark.word}: ${mark.says}`)])),
    el("p", null, "A cell with several signs went differently over WebSocket (ws), polling (po) and the upgrade (up). A dot n is a note."),
    el("p", null, key("/"), " search, ", key("↑"), " ", key("↓"), " ", key("←"), " ", key("→"), " move in the matrix, ", key("Enter"), " opens a cell, ", key("j"), " ", key("k"), " next and previous case, ", key("Esc"), " closes."));
  $("q").addEventListener("input", () => { state.q = $("q").value; show(); });
  $("bar").addEventListener("submit", (event) => event.preventDefault());
  $("bar").addEventListener("reset", (event) => {
    event.preventDefault();
    Object.assign(state, { view: "all", q: "", group: "", level: "", word: "", server: "" });
    show();
  });
  $("matrix").addEventListener("keydown", moveInMatrix);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !detail.open && event.target !== $("q")) { event.preventDefault(); $("q").focus(); }
  });
  new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${$("bar").offsetHeight}px`)).observe($("bar"));
  window.addEventListener("hashchange", follow);
  follow();
}

/** Shows what the address names. */
function follow() {
  readAddress();
  const { case: id, on, over } = state;
  show();
  const row = rows.find((row) => row.id === id);
  const named = columns.findIndex((column) => column.target.name === on);
  if (row) open(row, Math.max(named, 0), over);
  else if (detail.open) detail.close();
}

start();
