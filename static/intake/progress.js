/* Draws how far a file is read, and opens the page anew when that is over. */
'use strict';
(function () {
  const bar = document.querySelector('[data-progress]');
  if (!bar) return;

  async function look() {
    try {
      const response = await fetch(bar.dataset.progress, { headers: { Accept: 'application/json' } });
      const said = await response.json();
      if (!said.busy || said.state !== bar.dataset.state) {
        window.location.reload();
        return;
      }
      if (said.of) {
        bar.max = said.of;
        bar.value = said.read;
      }
    } catch (_lost) {
      /* The line is down: ask again later. */
    }
    window.setTimeout(look, 1500);
  }

  window.setTimeout(look, 700);
})();
