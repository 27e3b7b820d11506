// "Your times" as a grid to paint. The textarea stays the truth: it is read once, and every change is written back.
"use strict";

(() => {
  const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const SHORT = DAYS.map((day) => day.slice(0, 3));
  const WORDS = ["not free", "if need be", "free"]; // the index is the level
  const STEP = 30;
  const ROWS = 48; // half hours in a day; cell = day * ROWS + row
  const DAY = 1440;
  const WEEK = 7 * DAY;
  const MORNING = 14; // the first row without nights: 07:00
  const HOLD_MS = 260;
  const SLOP_PX = 8; // a finger that moved less is still a tap
  const LINE = /^(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?\s+(\d\d?):([0-5]\d)\s*[-–]\s*(\d\d?):([0-5]\d)\s+(free|if need be)$/i;

  // ---- lines and cells, without a page

  const clock = (minutes) =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

  // "Tue 18:00-20:30" for minutes since Monday 00:00; the end of a day is 24:00.
  const span = (start, end) =>
    `${SHORT[Math.floor(start / DAY) % 7]} ${clock(start % DAY)}-${clock(end % DAY || DAY)}`;

  // A typed line as minutes since Monday 00:00, the end perhaps after midnight; null for any other text.
  function readLine(line) {
    const found = LINE.exec(line.trim());
    if (!found) return null;
    const start = 60 * Number(found[2]) + Number(found[3]);
    const end = 60 * Number(found[4]) + Number(found[5]);
    if (start >= DAY || end > DAY || start === end) return null;
    const midnight = DAY * SHORT.findIndex((day) => day.toLowerCase() === found[1].toLowerCase());
    return {
      start: midnight + start,
      end: midnight + end + (end < start ? DAY : 0),
      level: WORDS.indexOf(found[6].toLowerCase()),
    };
  }

  const fitsGrid = (window) => window && window.start % STEP === 0 && window.end % STEP === 0;

  // Cells, and the lines they cannot hold: finer than half an hour, or not understood.
  function readText(text) {
    const cells = new Uint8Array(7 * ROWS);
    const kept = [];
    for (const line of text.split("\n").map((each) => each.trim()).filter(Boolean)) {
      const window = readLine(line);
      if (fitsGrid(window)) fill(cells, window, STEP);
      else kept.push(line);
    }
    return { cells, kept };
  }

  function fill(target, { start, end, level }, step) {
    for (let at = start; at < end; at += step) target[(at % WEEK) / step] = level;
  }

  // One line for each run of a level. A run may cross midnight; one of a day or longer is cut at midnights.
  function writeLines(cells) {
    const windows = [];
    const first = Math.max(0, cells.findIndex((level, at) => level !== cells.at(at - 1)));
    for (let from = first; from < first + cells.length; ) {
      const level = cells[from % cells.length];
      let to = from + 1;
      while (to < first + cells.length && cells[to % cells.length] === level) to += 1;
      if (to - from >= ROWS) to = Math.min(to, (Math.floor(from / ROWS) + 1) * ROWS);
      if (level) windows.push({ from: from % cells.length, length: to - from, level });
      from = to;
    }
    windows.sort((one, other) => one.from - other.from);
    return windows.map(({ from, length, level }) => `${span(from * STEP, (from + length) * STEP)} ${WORDS[level]}`);
  }

  // Every minute of the week, typed lines included.
  function minutesOf(cells, kept) {
    const week = Uint8Array.from({ length: WEEK }, (_, at) => cells[Math.floor(at / STEP)]);
    for (const window of kept.map(readLine)) if (window) fill(week, window, 1);
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

  const hours = (minutes) => `${Number((minutes / 60).toFixed(2))} h`;

  function summary(week, needed) {
    const longest = longestBlock(week);
    if (!longest.length) return "Nothing painted yet. Press and drag, or start with a button above.";
    if (longest.length < needed) {
      const block = span(longest.start % WEEK, longest.start + longest.length);
      return `Your longest block is ${longest.length} min; the meeting needs ${needed}. ` +
        `Add ${needed - longest.length} min to ${block}, for example.`;
    }
    const totals = [2, 1].map((level) => [week.filter((each) => each === level).length, WORDS[level]]);
    const parts = totals.filter(([minutes]) => minutes).map(([minutes, word]) => `${hours(minutes)} ${word}`);
    return `${parts.join(", ")}, longest block ${longest.length} min.`;
  }

  // "12 of 20 share your Tuesday evening.": the painted half hour that most others can make.
  function company(cells, hints) {
    let best = { count: 0, at: 0 };
    cells.forEach((level, at) => {
      const count = level ? hints[`${SHORT[Math.floor(at / ROWS)].toLowerCase()} ${clock((at % ROWS) * STEP)}`] || 0 : 0;
      if (count > best.count) best = { count, at };
    });
    if (!best.count) return "";
    const hour = Math.floor((best.at % ROWS) / 2);
    const part = hour < 5 || hour >= 22 ? "night" : hour < 12 ? "morning" : hour < 18 ? "afternoon" : "evening";
    const who = hints.members ? `${best.count} of ${hints.members}` : `${best.count} other${best.count > 1 ? "s" : ""}`;
    return ` ${who} share your ${DAYS[Math.floor(best.at / ROWS)]} ${part}.`;
  }

  // Every cell of the rectangle between two cells.
  function* rectangle(one, other) {
    const [left, right] = [one, other].map((cell) => Math.floor(cell / ROWS)).sort((a, b) => a - b);
    const [top, bottom] = [one, other].map((cell) => cell % ROWS).sort((a, b) => a - b);
    for (let day = left; day <= right; day += 1) for (let row = top; row <= bottom; row += 1) yield day * ROWS + row;
  }

  // ---- the table

  function element(name, properties, attributes = {}) {
    const made = Object.assign(document.createElement(name), properties);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  // Fills the empty table and returns its 336 cells by number.
  function buildTable(table) {
    const head = table.createTHead().insertRow();
    head.append(element("th", { scope: "col" }, { role: "columnheader", "aria-label": "Time" }));
    for (const day of DAYS) {
      head.append(element("th", { scope: "col", textContent: day.slice(0, 3) }, { role: "columnheader", "aria-label": day }));
    }
    const body = table.createTBody();
    const cells = [];
    for (let row = 0; row < ROWS; row += 1) {
      const line = body.insertRow();
      line.append(element("th", { scope: "row" }, { role: "rowheader" }));
      line.firstChild.append(element("span", { textContent: clock(row * STEP) }));
      for (let day = 0; day < 7; day += 1) {
        cells[day * ROWS + row] = element("td", { tabIndex: -1 }, { role: "gridcell" });
        line.append(cells[day * ROWS + row]);
      }
    }
    return cells;
  }

  const nameOf = (cell, level) => {
    const start = (cell % ROWS) * STEP;
    return `${DAYS[Math.floor(cell / ROWS)]} ${clock(start)} to ${clock(start + STEP)}: ${WORDS[level]}`;
  };

  // The typed form moves into a fold beside the grid, open when it holds a mistake.
  function foldTyped(typed, open) {
    const fold = element("details", { className: "times-fold", open });
    typed.replaceWith(fold);
    fold.append(element("summary", { textContent: "Type them instead" }), typed);
  }

  function start(box) {
    const area = document.getElementById("times");
    const table = box.querySelector("table");
    const nights = box.querySelector("[data-nights]");
    const hints = JSON.parse(box.dataset.hints || "{}");
    const shown = buildTable(table);
    let { cells, kept } = readText(area.value);
    let focused = 18 * 2; // Monday 18:00 is where most people begin
    let stroke = null; // a block being painted: { anchor, before, row }
    let finger = null; // a touch that may yet become a tap, a block, a row or a scroll

    const brush = () => Number(box.querySelector("[name=times-brush]:checked").value);
    const toggled = (cell) => (cells[cell] === brush() ? 0 : brush());
    const firstRow = () => (nights.ariaExpanded === "true" ? 0 : MORNING);

    // -- showing

    function draw() {
      shown.forEach((cell, at) => {
        const level = String(cells[at]);
        if (cell.dataset.level === level) return;
        cell.dataset.level = level;
        cell.setAttribute("aria-label", nameOf(at, cells[at]));
      });
    }

    function tell() {
      const week = minutesOf(cells, kept);
      const said = summary(week, Number(box.dataset.minutes)) + company(cells, hints);
      const status = box.querySelector("[role=status]");
      if (status.textContent !== said) status.textContent = said;
      box.querySelector(".times-empty").hidden = week.some(Boolean);
      const note = box.querySelector(".times-kept");
      note.hidden = !kept.length;
      note.textContent = `Kept as you typed ${kept.length > 1 ? "them" : "it"}: ${kept.join("; ")}`;
    }

    function read() {
      ({ cells, kept } = readText(area.value));
      stroke = null;
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
      nights.ariaExpanded = String(on);
      nights.textContent = on ? "Hide nights" : "Show nights";
      for (const line of [...table.tBodies[0].rows].slice(0, MORNING)) line.hidden = !on;
      if (!on && focused % ROWS < MORNING) rove(focused - (focused % ROWS) + MORNING);
    }

    function rove(cell) {
      shown[focused].tabIndex = -1;
      focused = cell;
      shown[focused].tabIndex = 0;
    }

    // -- painting

    function set(cell, level) {
      cells[cell] = level;
      save();
    }

    function begin(anchor, row = false) {
      stroke = { anchor, row, before: cells.slice() };
    }

    function extend(to, level) {
      cells.set(stroke.before);
      for (const cell of rectangle(stroke.anchor, to)) cells[cell] = level;
      draw();
    }

    function drop() {
      cells.set(stroke.before);
      shown[stroke.anchor].focus();
      stroke = null;
      save();
    }

    // -- keys

    function neighbour(cell, key) {
      const [day, row] = [Math.floor(cell / ROWS), cell % ROWS];
      switch (key) {
        case "ArrowUp": return row > firstRow() ? cell - 1 : cell;
        case "ArrowDown": return row < ROWS - 1 ? cell + 1 : cell;
        case "ArrowLeft": return day > 0 ? cell - ROWS : cell;
        case "ArrowRight": return day < 6 ? cell + ROWS : cell;
        case "Home": return row;
        case "End": return 6 * ROWS + row;
        default: return null;
      }
    }

    function move(to, painting) {
      if (painting && !stroke) begin(focused);
      if (painting) {
        extend(to, brush());
        save();
      } else {
        stroke = null;
      }
      shown[to].focus();
    }

    function onKey(event) {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      const to = neighbour(focused, event.key);
      if (to !== null) move(to, event.shiftKey);
      else if (["0", "1", "2"].includes(event.key)) set(focused, Number(event.key));
      else if (event.key === " " || event.key === "Enter") set(focused, toggled(focused));
      else if (event.key === "Escape" && stroke) drop();
      else return;
      event.preventDefault();
    }

    // -- mouse, pen and fingers

    const cellAt = (x, y) => shown.indexOf(document.elementFromPoint(x, y)?.closest("td"));

    function onDown(event) {
      finger = clearFinger();
      const cell = cellAt(event.clientX, event.clientY);
      if (!event.isPrimary && stroke) drop();
      if (!event.isPrimary || event.button || cell < 0) return;
      if (event.pointerType === "mouse") {
        table.setPointerCapture(event.pointerId);
        begin(cell);
        extend(cell, toggled(cell));
      } else {
        finger = { cell, x: event.clientX, y: event.clientY, timer: setTimeout(onHold, HOLD_MS) };
      }
    }

    function onHold() {
      begin(finger.cell);
      extend(finger.cell, brush());
    }

    function clearFinger() {
      if (finger) clearTimeout(finger.timer);
      return null;
    }

    function onMove(event) {
      if (!event.isPrimary) return;
      if (finger && !stroke) decide(event.clientX - finger.x, event.clientY - finger.y);
      if (!stroke) return;
      const cell = cellAt(event.clientX, stroke.row ? finger.y : event.clientY);
      if (cell < 0) return;
      extend(cell, finger || cell !== stroke.anchor ? brush() : stroke.before[cell] === brush() ? 0 : brush());
    }

    // A finger that moves before the hold is over: sideways it paints its row, otherwise it scrolls the page.
    function decide(across, down) {
      if (Math.hypot(across, down) < SLOP_PX) return;
      clearTimeout(finger.timer);
      if (Math.abs(across) > Math.abs(down)) begin(finger.cell, true);
      else finger = null;
    }

    function onUp(event) {
      if (!event.isPrimary) return;
      if (stroke) {
        stroke = null;
        save();
      } else if (finger) {
        set(finger.cell, toggled(finger.cell));
      }
      finger = clearFinger();
    }

    function onCancel() {
      finger = clearFinger();
      if (stroke) drop();
    }

    // -- start

    foldTyped(document.querySelector("[data-times-typed]"), area.ariaInvalid === "true");
    showNights(false);
    rove(focused);
    read();
    box.hidden = false;

    table.addEventListener("focusin", (event) => rove(shown.indexOf(event.target)));
    table.addEventListener("keydown", onKey);
    table.addEventListener("keyup", (event) => { if (event.key === "Shift" && !finger) stroke = null; });
    table.addEventListener("pointerdown", onDown);
    table.addEventListener("pointermove", onMove);
    table.addEventListener("pointerup", onUp);
    table.addEventListener("pointercancel", onCancel);
    // Without this the browser would scroll once a held finger moves: touch-action is fixed when it goes down.
    table.addEventListener("touchmove", (event) => { if (stroke) event.preventDefault(); }, { passive: false });
    table.addEventListener("contextmenu", (event) => { if (finger) event.preventDefault(); });
    // A press from a screen reader arrives as a click of no pointer.
    table.addEventListener("click", (event) => {
      const cell = shown.indexOf(event.target.closest("td"));
      if (event.detail === 0 && cell >= 0) set(cell, toggled(cell));
    });
    nights.addEventListener("click", () => showNights(nights.ariaExpanded !== "true"));
    for (const preset of box.querySelectorAll("[data-days]")) {
      preset.addEventListener("click", () => {
        const { days, from, until } = preset.dataset;
        for (const day of days.split(" ")) cells.fill(brush(), day * ROWS + from * 2, day * ROWS + until * 2);
        save();
      });
    }
    area.addEventListener("change", read);
    window.addEventListener("pageshow", read); // a browser puts typed text back after scripts ran
  }

  const box = document.querySelector("[data-times-grid]");
  if (box) start(box);
})();
