// What the pages do beyond links and forms. Without it everything works: the server checks again.
"use strict";

// A button that cannot be taken back waits until the name beside it is typed.
for (const field of document.querySelectorAll("input[data-expected]")) {
  const button = field.form.querySelector("button");
  const look = () => { button.disabled = field.value.trim() !== field.dataset.expected; };
  field.addEventListener("input", look);
  window.addEventListener("pageshow", look); // also where the browser fills the field in again
}

// A country is shown as soon as it is chosen; whoever chooses by the arrow keys is waited for.
for (const form of document.querySelectorAll("form.country")) {
  const field = form.querySelector("select"), shown = field.value;
  let typing = false;
  form.querySelector("button").hidden = true;
  const show = () => { if (field.value !== shown) form.requestSubmit(); };
  field.addEventListener("pointerdown", () => { typing = false; });
  field.addEventListener("keydown", (event) => { typing = event.key !== "Enter"; if (!typing) show(); });
  field.addEventListener("change", () => { if (!typing) show(); });
  field.addEventListener("blur", show);
}
