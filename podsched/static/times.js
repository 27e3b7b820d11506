// "Your times" as a grid to paint. The textarea stays the truth: it is read at first, and every change is written back.
"use strict";

(() => {
  const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const SHORT = DAYS.map((day) => day.slice(0, 3));
  const WORDS = ["not free", "if need be", "free"]; // the index is the level
  const STEP = 30;
  const ROWS = 48; // half hours in a day; a cell's number is day * ROWS + row
  const DAY = 1440;
  const WEEK = 7 * DAY;
  const MORNING = 14; // the first row unless nights are shown: 07:00
  const HOLD_MS = 260;
  const SLOP_PX = 8; // a finger that moved less may still tap or hold
  const LINE = new RegExp(
    /^(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?\s+(\d\d?):([0-5]\d)\s*(?:-|–|to)\s*/.source +
    /(\d\d?):([0-5]\d)(?:\s+(free|if need be|if[ _]needed))?$/.source, "i");

  const dayOf = (cell) => Math.floor(cell / ROWS);
  const clock = (minutes) => [minutes / 60, minutes % 60].map((part) => String(Math.floor(part)).padStart(2, "0")).join(":");

  // "Tue 18:00-20:30" for minutes since Monday 00:00; a day ends at 24:00.
  const span = (start, end) => `${SHORT[Math.floor(start / DAY) % 7]} ${clock(start % DAY)}-${clock(end % DAY || DAY)}`;

  // A typed line in minutes since Monday 00:00, its end perhaps after midnight; null for any other text.
  function readLine(line) {
    const [found, day, ...rest] = LINE.exec(line.trim()) ?? [];
    const [start, end] = [0, 2].map((at) => 60 * rest[at] + Number(rest[at + 1]));
    if (!found || start >= DAY || end > DAY || start === end) return null;
    const midnight = DAY * SHORT.findIndex((each) => each.toLowerCase() === day.toLowerCase());
    return { start: midnight + start, end: midnight + end + (end < start ? DAY : 0), level: /^if/i.test(rest[4]) ? 1 : 2 };
  }

  // Where typed lines overlap, the higher level counts.
  function fill(week, { start, end, level }, step) {
    for (let time = start; time < end; time += step) {
      const at = (time % WEEK) / step;
      week[at] = Math.max(week[at], level);
    }
  }

  // The cells, and the lines that cells cannot hold: finer than half an hour, or not understood.
  function readText(text) {
    const cells = new Uint8Array(7 * ROWS);
    const kept = [];
    for (const line of text.split("\n").map((each) => each.trim()).filter(Boolean)) {
      const times = readLine(line);
      if (times && times.start % STEP === 0 && times.end % STEP === 0) fill(cells, times, STEP);
      else kept.push(line);
    }
    return { cells, kept };
  }

  // One line for each run of a level within a day.
  function writeLines(cells) {
    const lines = [];
    for (let from = 0, to; from < cells.length; from = to) {
      to = from + 1;
      while (to % ROWS && cells[to] === cells[from]) to += 1;
      if (cells[from]) lines.push(`${span(from * STEP, to * STEP)} ${WORDS[cells[from]]}`);
    }
    return lines;
  }

  // The level of every minute of the week, typed lines included.
  function minutesOf(cells, kept) {
    const week = Uint8Array.from({ length: WEEK }, (_, at) => cells[Math.floor(at / STEP)]);
    for (const times of kept.map(readLine).filter(Boolean)) fill(week, times, 1);
    return week;
  }

  // The longest unbroken time of either level, over midnights and from Sunday into Monday.
  function longestBlock(week) {
    let best = { start: 0, length: 0 };
    for (let at = 0, start = 0; at < 2 * WEEK; at += 1) {
      if (!week[at % WEEK]) start = at + 1;
      const length = Math.min(at + 1 - start, WEEK);
      if (length > best.length) best = { start, length };
    }
    return best;
  }

  function summary(week, needed) {
    const { start, length } = longestBlock(week);
    if (!length) return "Nothing painted yet.";
    if (length < needed) {
      return `Your longest block is ${length} min; the meeting needs ${needed}. ` +
        `Add ${needed - length} min to ${span(start, start + length)}, for example.`;
    }
    const totals = [2, 1].map((level) => [week.filter((each) => each === level).length / 60, WORDS[level]]);
    const parts = totals.filter(([hours]) => hours).map(([hours, word]) => `${Number(hours.toFixed(2))} h ${word}`);
    return `${parts.join(", ")}, longest block ${length} min.`;
  }

  // "mon 18:00" for a cell, as counts are told.
  const spot = (cell) => `${SHORT[dayOf(cell)].toLowerCase()} ${clock((cell % ROWS) * STEP)}`;

  // " 12 of 20 share your Tuesday evening.": the painted half hour that most others can make.
  function company(cells, hints) {
    const counts = Array.from(cells, (level, at) =>
      level ? hints[spot(at)] ?? 0 : 0);
    const most = Math.max(...counts);
    if (!most) return "";
    const best = counts.indexOf(most);
    const part = ["night", "morning", "afternoon", "evening"][Math.floor((best % ROWS) / 12)];
    const who = hints.members ? `${most} of ${hints.members}` : `${most} other${most > 1 ? "s" : ""}`;
    return ` ${who} share your ${DAYS[dayOf(best)]} ${part}.`;
  }

  // The numbers of all cells in the rectangle between two.
  function* rectangle(one, other) {
    const [left, right] = [dayOf(one), dayOf(other)].sort((a, b) => a - b);
    const [top, bottom] = [one % ROWS, other % ROWS].sort((a, b) => a - b);
    for (let day = left; day <= right; day += 1) for (let row = top; row <= bottom; row += 1) yield day * ROWS + row;
  }

  function append(parent, name, attributes, text = "") {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(text);
    parent.append(made);
    return made;
  }

  // Fills the empty table and returns its cells by number.
  function buildTable(table) {
    const head = table.createTHead().insertRow();
    append(head, "th", { scope: "col" }, "Time");
    for (const day of DAYS) append(head, "th", { scope: "col", "aria-label": day }, day.slice(0, 3));
    const body = table.createTBody();
    const cells = [];
    for (let row = 0; row < ROWS; row += 1) {
      const line = body.insertRow();
      append(append(line, "th", { scope: "row" }), "span", {}, clock(row * STEP));
      for (let day = 0; day < 7; day += 1) cells[day * ROWS + row] = append(line, "td", { tabindex: -1 });
    }
    return cells;
  }

  // The typed form moves into a fold beside the grid, open while it holds a mistake.
  function foldTyped(typed) {
    const fold = document.createElement("details");
    fold.className = "times-fold";
    fold.open = Boolean(typed.querySelector("[aria-invalid=true]"));
    typed.replaceWith(fold);
    append(fold, "summary", {}, "Type them instead");
    fold.append(typed);
  }

  function start(box) {
    const area = document.getElementById("times");
    const table = box.querySelector("table");
    const nights = box.querySelector("[data-nights]");
    const status = box.querySelector("[role=status]");
    const note = box.querySelector(".times-kept");
    const hints = JSON.parse(box.dataset.hints);
    const taken = JSON.parse(box.dataset.taken ?? "{}"); // weeks in which the member's own calendar has a half hour taken
    const busy = (at) => taken[spot(at)] ?? 0;
    const shown = buildTable(table);
    const nightRows = [...table.tBodies[0].rows].slice(0, MORNING);
    let { cells, kept } = readText(area.value);
    let focused = 18 * 2; // Monday 18:00, where most people begin
    let stroke = null; // a block being painted: { anchor, by: "press", "hold", "row" or "keys", y, before }
    let finger = null; // a touch that may yet become a tap, a block, a row or a scroll: { cell, x, y, timer }

    const brush = () => Number(box.querySelector("[name=times-brush]:checked").value);
    const cellAt = (x, y) => shown.indexOf(document.elementFromPoint(x, y)?.closest("td"));

    // Showing

    function draw() {
      shown.forEach((cell, at) => {
        if (cell.dataset.level === String(cells[at])) return;
        const from = (at % ROWS) * STEP;
        cell.dataset.level = cells[at];
        const note = busy(at) ? `, taken in your calendar in ${busy(at)} of ${box.dataset.weeks} weeks` : "";
        cell.setAttribute("aria-label", `${DAYS[dayOf(at)]} ${clock(from)} to ${clock(from + STEP)}: ${WORDS[cells[at]]}${note}`);
      });
    }

    function tell() {
      const week = minutesOf(cells, kept);
      const said = summary(week, Number(box.dataset.minutes)) + company(cells, hints);
      if (status.textContent !== said) status.textContent = said; // said again only when it is news
      box.querySelector(".times-empty").hidden = week.some(Boolean);
      note.hidden = !kept.length;
      note.textContent = `Kept as you typed ${kept.length > 1 ? "them" : "it"}: ${kept.join("; ")}`;
    }

    function read() {
      ({ cells, kept } = readText(area.value));
      if (cells.some((level, at) => level && at % ROWS < MORNING)) showNights(true);
      draw();
      tell();
    }

    function save() {
      area.value = [...writeLines(cells), ...kept].join("\n");
      area.dispatchEvent(new Event("input", { bubbles: true }));
      draw();
      tell();
    }

    function showNights(on) {
      for (const line of nightRows) line.hidden = !on;
      nights.setAttribute("aria-expanded", on);
      nights.textContent = on ? "Hide nights" : "Show nights";
      if (!on && focused % ROWS < MORNING) rove(dayOf(focused) * ROWS + MORNING);
    }

    function rove(cell) {
      shown[focused].tabIndex = -1;
      focused = cell;
      shown[focused].tabIndex = 0;
    }

    // Painting

    function set(cell, level) {
      cells[cell] = level;
      save();
    }

    function toggle(cell) {
      set(cell, cells[cell] === brush() ? 0 : brush());
    }

    function begin(anchor, by, y) {
      stroke = { anchor, by, y, before: cells.slice() };
      extend(anchor);
    }

    function extend(to) {
      const { anchor, by, before } = stroke;
      const erases = by === "press" && to === anchor && before[to] === brush();
      cells.set(before);
      for (const cell of rectangle(anchor, to)) cells[cell] = erases ? 0 : brush();
      draw();
    }

    function drop() {
      cells.set(stroke.before);
      shown[stroke.anchor].focus();
      stroke = null;
      save();
    }

    // Keys

    function neighbour(key) {
      const row = focused % ROWS;
      const firstRow = nightRows[0].hidden ? MORNING : 0;
      switch (key) {
        case "ArrowUp": return row > firstRow ? focused - 1 : focused;
        case "ArrowDown": return row < ROWS - 1 ? focused + 1 : focused;
        case "ArrowLeft": return dayOf(focused) > 0 ? focused - ROWS : focused;
        case "ArrowRight": return dayOf(focused) < 6 ? focused + ROWS : focused;
        case "Home": return row;
        case "End": return 6 * ROWS + row;
        default: return -1;
      }
    }

    function move(to, painting) {
      if (!painting) stroke = null;
      else {
        if (!stroke) begin(focused, "keys");
        extend(to);
        save();
      }
      shown[to].focus();
    }

    function onKey(event) {
      const to = neighbour(event.key);
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.key === "Escape" && stroke) drop();
      else if (stroke && stroke.by !== "keys") { // a pointer is painting, and the page must not scroll under it
        if (to < 0 && event.key !== " ") return;
      }
      else if (to >= 0) move(to, event.shiftKey);
      else if (["0", "1", "2"].includes(event.key)) set(focused, Number(event.key));
      else if (event.key === " " || event.key === "Enter") toggle(focused);
      else return;
      event.preventDefault();
    }

    // Mouse, pen and fingers

    function onDown(event) {
      if (!event.isPrimary) return onCancel();
      const cell = cellAt(event.clientX, event.clientY);
      if (event.button || cell < 0) return;
      stroke = null;
      if (event.pointerType === "mouse") {
        table.setPointerCapture(event.pointerId);
        begin(cell, "press");
      } else {
        const timer = setTimeout(() => begin(cell, "hold"), HOLD_MS);
        finger = { cell, x: event.clientX, y: event.clientY, timer };
      }
    }

    function onMove(event) {
      if (!event.isPrimary) return;
      if (finger && !stroke) decide(event.clientX - finger.x, event.clientY - finger.y);
      if (!stroke || stroke.by === "keys") return;
      const cell = cellAt(event.clientX, stroke.y ?? event.clientY);
      if (cell >= 0) extend(cell);
    }

    // A finger that moves before the hold is over paints its row when it goes sideways, and else scrolls the page.
    function decide(across, down) {
      if (Math.hypot(across, down) < SLOP_PX) return;
      const { cell, y } = finger;
      forget();
      if (Math.abs(across) > Math.abs(down)) begin(cell, "row", y);
    }

    function forget() {
      clearTimeout(finger?.timer);
      finger = null;
    }

    function onUp(event) {
      if (!event.isPrimary) return;
      if (stroke) save();
      else if (finger) toggle(finger.cell);
      stroke = null;
      forget();
    }

    function onCancel() {
      forget();
      if (stroke) drop();
    }

    // Starting

    foldTyped(document.querySelector("[data-times-typed]"));
    showNights(false);
    rove(focused);
    shown.forEach((cell, at) => {
      if (busy(at)) cell.dataset.taken = busy(at) * 2 > Number(box.dataset.weeks) ? "mostly" : "sometimes";
    });
    read();
    box.hidden = false;

    table.addEventListener("focusin", (event) => rove(shown.indexOf(event.target)));
    table.addEventListener("keydown", onKey);
    table.addEventListener("keyup", (event) => { if (event.key === "Shift" && stroke?.by === "keys") stroke = null; });
    table.addEventListener("pointerdown", onDown);
    table.addEventListener("pointermove", onMove);
    table.addEventListener("pointerup", onUp);
    table.addEventListener("pointercancel", onCancel);
    // touch-action is settled when a finger goes down, so a held finger that moves would scroll but for this.
    table.addEventListener("touchmove", (event) => { if (stroke) event.preventDefault(); }, { passive: false });
    table.addEventListener("contextmenu", (event) => { if (finger || stroke) event.preventDefault(); });
    // A press by a screen reader arrives as a click without a pointer.
    table.addEventListener("click", (event) => {
      const cell = shown.indexOf(event.target.closest("td"));
      if (event.detail === 0 && cell >= 0) toggle(cell);
    });
    nights.addEventListener("click", () => showNights(nightRows[0].hidden));
    for (const preset of box.querySelectorAll("[data-days]")) {
      const { days, from, until } = preset.dataset;
      preset.addEventListener("click", () => {
        for (const day of days.split(" ")) cells.fill(brush(), day * ROWS + from * 2, day * ROWS + until * 2);
        save();
      });
    }
    area.addEventListener("change", read);
    window.addEventListener("pageshow", read); // browsers put typed text back after scripts ran
  }

  // A file that would be refused for its size is refused before it travels, and what was painted stays on the page.
  function weighFile(input) {
    const most = Number(input.dataset.mostBytes);
    const said = append(input.parentElement, "p", { class: "error", role: "alert", hidden: "" });
    input.addEventListener("change", () => {
      const size = input.files[0]?.size ?? 0;
      said.hidden = size <= most;
      if (size <= most) return;
      said.textContent = `This file has ${Math.ceil(size / 1024)} KB; at most ${most / 1024} can be read. Export only the weeks of the cohort, or a calendar with fewer events.`;
      input.value = "";
    });
  }

  const file = document.querySelector("input[data-most-bytes]");
  if (file) weighFile(file);
  const box = document.querySelector("[data-times-grid]");
  if (box) start(box);
})();
