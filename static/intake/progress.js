/* Draws how far a file is read, and opens the page anew when that is over. */
'use strict';
(function () {
  const bar = document.querySelector('[data-progress]');
  if (!bar) return;

  const words = document.querySelector('[data-far]');
  const number = new Intl.NumberFormat(document.documentElement.lang || 'vi');

  function fill(template, values) {
    return template.replace(/%\((\w+)\)s/g, (_all, name) => values[name]);
  }

  function draw(said) {
    const total = said.total || said.of;
    if (!total) return;
    bar.max = total;
    bar.value = said.total ? said.done : said.read;
    if (!words || !said.total) return;
    const label = said.stage_name.charAt(0).toUpperCase() + said.stage_name.slice(1);
    let text = fill(words.dataset.template, { label: label, done: number.format(said.done), total: number.format(said.total) });
    if (said.left !== null) {
      const long = said.left > 90;
      text += ', ' + fill(long ? words.dataset.minutes : words.dataset.left, { left: number.format(long ? Math.round(said.left / 60) : said.left) });
    }
    words.textContent = text + '.';
  }

  async function look() {
    try {
      const response = await fetch(bar.dataset.progress, { headers: { Accept: 'application/json' } });
      const said = await response.json();
      if (!said.busy || said.state !== bar.dataset.state) {
        window.location.reload();
        return;
      }
      draw(said);
    } catch (_lost) {
      /* The line is down: ask again later. */
    }
    window.setTimeout(look, 1500);
  }

  window.setTimeout(look, 700);
})();
