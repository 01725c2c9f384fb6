// What the pages do beyond links and forms. Without it everything works: the server checks again.
"use strict";

// A button that cannot be taken back waits until the name beside it is typed.
for (const field of document.querySelectorAll("input[data-expected]")) {
  const button = field.form.querySelector("button");
  const look = () => { button.disabled = field.value.trim() !== field.dataset.expected; };
  field.addEventListener("input", look);
  window.addEventListener("pageshow", look); // also where the browser fills the field in again
}
