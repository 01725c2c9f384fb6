// What the pages do beyond links and forms. Without it everything works: the server checks again.
"use strict";

// It is loaded before the page is drawn, so that the chosen theme holds from the first moment.
const root = document.documentElement;
const show = (theme) => { if (theme) root.dataset.theme = theme; else delete root.dataset.theme; };
const chosen = () => {
  try { return localStorage.getItem("theme") || ""; } catch { return ""; } // storage may be forbidden
};
show(chosen());

const offerThemes = () => {
  const group = document.querySelector(".theme");
  const buttons = [...group.querySelectorAll("button")];
  const mark = (theme) => buttons.forEach((each) => { each.setAttribute("aria-pressed", each.value === theme); });
  for (const button of buttons) {
    button.addEventListener("click", () => {
      try {
        if (button.value) localStorage.setItem("theme", button.value); else localStorage.removeItem("theme");
      } catch { /* then it holds for this page */ }
      show(button.value);
      mark(button.value);
    });
  }
  mark(chosen());
  group.hidden = false;
};

// A button that cannot be taken back waits until the name beside it is typed.
const waitForNames = () => {
  for (const field of document.querySelectorAll("input[data-expected]")) {
    const button = field.form.querySelector("button");
    const look = () => { button.disabled = field.value.trim() !== field.dataset.expected; };
    field.addEventListener("input", look);
    window.addEventListener("pageshow", look); // also where the browser fills the field in again
  }
};

// A country is shown as soon as it is chosen; whoever chooses by the arrow keys is waited for.
const submitCountries = () => {
  for (const form of document.querySelectorAll("form.country")) {
    const field = form.querySelector("select"), shown = field.value;
    let typing = false;
    form.querySelector("button").hidden = true;
    const send = () => { if (field.value !== shown) form.requestSubmit(); };
    field.addEventListener("pointerdown", () => { typing = false; });
    field.addEventListener("keydown", (event) => { typing = event.key !== "Enter"; if (!typing) send(); });
    field.addEventListener("change", () => { if (!typing) send(); });
    field.addEventListener("blur", send);
  }
};

// The line above the grid tells the day that is pointed at, or chosen with the arrow keys.
const TOP = 22, GAP = 3, SEAM = 26;
const STEPS = { ArrowUp: -1, ArrowDown: 1, ArrowLeft: -7, ArrowRight: 7, Home: -1000, End: 1000 };

const readGrid = (grid, line) => {
  const [label, words] = [line.querySelector("b"), line.querySelector("span")];
  const short = line.dataset.short.split("|"), days = line.dataset.days.split("|"), months = line.dataset.months.split("|");
  const first = new Date(line.dataset.first), last = days.length - 1;
  const rows = grid.parentElement.querySelectorAll("tbody tr");
  const weekdays = [...grid.parentElement.querySelectorAll("thead th")].slice(1).map((each) => each.textContent.trim());
  const cell = Number(grid.dataset.cell), pitch = cell + GAP;
  const places = [...grid.querySelectorAll("g[transform]")];
  const ring = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ring.setAttribute("class", "ring");
  ring.setAttribute("width", cell + 4.5);
  ring.setAttribute("height", cell + 4.5);
  let at = last;
  const tell = (number) => {
    const day = new Date(first.getTime() + number * 864e5);
    const month = (day.getUTCFullYear() - first.getUTCFullYear()) * 12 + day.getUTCMonth() - first.getUTCMonth();
    label.textContent = `${weekdays[number % 7]} ${day.getUTCDate()} ${months[month]}`;
    const cost = `$${rows[rows.length - 1 - Math.floor(number / 7)].cells[1 + number % 7].textContent} · `;
    const text = short.reduce((said, each) => said.replaceAll(each[0], each.slice(1)), days[number]);
    words.textContent = text.replace(/^=/, () => cost) || line.dataset.none;
  };
  const choose = (number) => {
    at = Math.max(0, Math.min(last, number));
    const week = Math.floor(at / 7);
    ring.setAttribute("x", week * pitch - 2.25);
    ring.setAttribute("y", TOP + (at % 7) * pitch - 2.25);
    places[week < SEAM ? 0 : 1].append(ring);
    tell(at);
  };
  const leave = () => { ring.remove(); at = last; tell(last); };
  grid.tabIndex = 0;
  grid.setAttribute("role", "application");
  grid.addEventListener("focus", () => choose(at));
  grid.addEventListener("blur", leave);
  grid.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") grid.blur();
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    choose(at + STEPS[event.key]);
  });
  grid.addEventListener("pointermove", (event) => {
    const svg = event.target.closest("svg");
    if (!svg) return;
    const place = svg.querySelector("g[transform]");
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(place.getScreenCTM().inverse());
    const week = Math.floor(point.x / pitch), row = Math.floor((point.y - TOP) / pitch);
    const number = week * 7 + row;
    if (week >= 0 && row >= 0 && row < 7 && number <= last && number !== at) choose(number);
  });
  grid.addEventListener("pointerleave", () => { if (document.activeElement !== grid) leave(); });
};

document.addEventListener("DOMContentLoaded", () => {
  offerThemes();
  waitForNames();
  submitCountries();
  const line = document.querySelector(".readout");
  if (line) for (const grid of document.querySelectorAll(".grid")) readGrid(grid, line);
});
