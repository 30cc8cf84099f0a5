"use strict";
// Printing needs a script; without one the browser's own key prints the same page.
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});
