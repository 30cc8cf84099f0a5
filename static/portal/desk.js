/* The desk's comfort: the paper follows the current item. The page works without this file. */
'use strict';
(function () {
  const figures = [...document.querySelectorAll('.evidence[data-proves]')];

  function show(key) {
    const shown = figures.find((figure) => figure.dataset.proves.split(' ').includes(key));
    if (!shown) return;
    figures.forEach((figure) => {
      figure.hidden = figure !== shown;
      const link = figure.querySelector('figcaption a');
      if (figure === shown) link.dataset.key = 'e'; else delete link.dataset.key;
    });
  }

  function mark(row) {
    document.querySelectorAll('.review tr[aria-current]').forEach((other) => other.removeAttribute('aria-current'));
    row.setAttribute('aria-current', 'true');
    show(row.dataset.item);
  }

  document.addEventListener('portal:current', (event) => show(event.target.dataset.item));
  document.addEventListener('change', (event) => {
    if (event.target.matches('.review input[data-current]')) mark(event.target.closest('tr'));
  });
  document.addEventListener('click', (event) => {
    const row = event.target.closest('.review tr[data-item]');
    if (!row || event.target.closest('a, input, label')) return;
    const choice = row.querySelector('input[data-current]');
    if (choice) choice.checked = true;
    mark(row);
  });

  const reasons = document.querySelector('.return');
  if (reasons) {
    reasons.addEventListener('toggle', () => {
      const first = reasons.querySelector('input[type=radio]');
      if (reasons.open && first) first.focus();
    });
  }
}());
