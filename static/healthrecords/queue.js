/* Draws the queue anew every half minute; without scripts the whole page is loaded again instead. */
'use strict';
(function () {
  const EVERY = 20000;
  const live = document.getElementById('live');
  if (!live) return;

  async function look() {
    const busy = document.hidden || live.contains(document.activeElement);
    if (!busy) {
      try {
        const answer = await fetch(window.location.href, { headers: { Accept: 'text/html' } });
        if (answer.ok && !answer.redirected) {
          const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
          const fresh = page.getElementById('live');
          // Somebody may have come into the list while the answer was on its way.
          if (fresh && !live.contains(document.activeElement)) live.replaceChildren(...fresh.childNodes);
        }
      } catch (_lost) {
        /* The line is down: the list stays as it was and is asked for again. */
      }
    }
    window.setTimeout(look, EVERY);
  }

  window.setTimeout(look, EVERY);
}());
